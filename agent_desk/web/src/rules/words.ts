/** Chinese words for the wire's enums. */
import type { AgentState, FieldName, LegRole, WorkOrderStatus } from '@/api/types'
import { spoken } from '@/locales'

export const AGENT_STATE: Record<AgentState, string> = spoken({
  logged_out: '未上席',
  ready: '就绪',
  ringing: '振铃',
  on_call: '通话中',
  wrap_up: '整理中',
  paused: '示忙',
})

export const ORDER_STATUS: Record<WorkOrderStatus, string> = spoken({
  draft: '草稿',
  dispatched: '已派发',
  awaiting_check: '待核查',
  closed: '已办结',
  cancelled: '已作废',
  suspended: '已挂起',
  merged: '已并案',
})

export const LEG: Record<LegRole, string> = spoken({
  caller: '来电人',
  agent: '接警员',
  consult: '协商方',
  supervisor: '班长',
})

export const FIELD: Record<FieldName, string> = spoken({
  emergency: '是否紧急',
  category_code: '类别',
  level: '级别',
  address: '地址',
  position: '现场位置',
  contact_name: '联系人',
  contact_phone: '电话',
  injured: '受伤',
  trapped: '被困',
  summary: '经过',
  unit_ids: '联动单位',
})
