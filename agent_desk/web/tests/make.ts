/** Wire values for tests. */
import type {
  CallInfo,
  DispatchInfo,
  FieldStateInfo,
  FormFields,
  OrderInfo,
  PartialInfo,
  UtteranceInfo,
} from '@/api/types'

export const STREAM = '00000000-0000-0000-0000-000000000001'
export const CALL = '00000000-0000-0000-0000-0000000000c1'
export const ORDER = '00000000-0000-0000-0000-0000000000d1'

export function fields(values: Partial<FormFields> = {}): FormFields {
  return {
    emergency: null,
    category_code: '',
    level: '',
    address: '',
    position: null,
    contact_name: '',
    contact_phone: '',
    injured: null,
    trapped: null,
    summary: '',
    unit_ids: [],
    ...values,
  }
}

export function order(values: Partial<OrderInfo> = {}): OrderInfo {
  return {
    id: ORDER,
    number: '202611220001',
    incident_number: '202611220001',
    call_id: CALL,
    queue_code: '110',
    status: 'draft',
    version: 1,
    fields: fields(),
    field_states: {},
    answer: '',
    created_at: '2026-11-22T03:00:00Z',
    sent_at: null,
    closed_at: null,
    owner_name: '张敏',
    owner_id: null,
    dispatch_orders: [],
    matter: 'authority',
    matter_name: '部门事项',
    check: 'seat',
    checked_how: '',
    review: '',
    suspended_at: null,
    centre_code: '',
    merged_into: null,
    callers: [],
    ...values,
  }
}

export function machine(p = 0.9): FieldStateInfo {
  return { ...STATE, source: 'machine', p }
}

export function person(by = '张敏', version = 0): FieldStateInfo {
  return { ...STATE, source: 'person', confirmed: true, by, changed_version: version }
}

const STATE = { confirmed: false, p: null, evidence: '', read_back: '', by: '', changed_version: 0 }

export function partial(sequence: number, text: string, stream = STREAM): PartialInfo {
  return { call_id: CALL, stream_id: stream, role: 'caller', sequence, text }
}

export function utterance(
  sequence: number,
  text: string,
  values: Partial<UtteranceInfo> = {},
): UtteranceInfo {
  return {
    id: `u-${values.stream_id ?? STREAM}-${String(sequence)}`,
    stream_id: STREAM,
    sequence,
    role: 'caller',
    text,
    raw_text: text,
    words: [],
    start_ms: sequence * 1000,
    end_ms: sequence * 1000 + 900,
    call_ms: sequence * 1000,
    confidence: 0.9,
    engine: 'vosk',
    source: 'live',
    heard_text: null,
    changes: [],
    at: new Date(Date.UTC(2026, 10, 22, 3, 0, sequence)).toISOString(),
    ...values,
  }
}

export function dispatchOrder(values: Partial<DispatchInfo>): DispatchInfo {
  return {
    id: 'x1',
    unit_id: 'unit-1',
    unit_name: '自来水公司',
    unit_kind: '供水',
    status: 'sent',
    lamp: 'red',
    sent_at: '2026-11-22T03:01:00Z',
    received_at: null,
    fed_back_at: null,
    feedback: '',
    reject_reason: '',
    recall_reason: '',
    offer: false,
    price_note: '',
    rating: null,
    ...values,
  }
}

export function call(values: Partial<CallInfo> = {}): CallInfo {
  return {
    id: CALL,
    direction: 'in',
    priority: 0,
    lift_reason: '',
    held_since: null,
    silent: false,
    queue_code: '110',
    dialled: '110',
    caller_number: '13800001234',
    status: 'answered',
    speech: 'live',
    received_at: '2026-11-22T03:00:00Z',
    answered_at: '2026-11-22T03:00:05Z',
    ended_at: null,
    previous_calls: 0,
    ...values,
  }
}
