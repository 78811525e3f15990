/** What the seat does to the shown order: one action at a time, told about when it fails. */
import { ElMessage, ElMessageBox } from 'element-plus'
import { computed, onBeforeUnmount, ref, watch } from 'vue'
import { attempt } from '@/realtime/attempt'
import { isOver, shown } from '@/rules/orderForm'
import { tickedUnits } from '@/rules/unitChoice'
import { useCallStore } from '@/stores/call'
import { useOrderStore } from '@/stores/order'

export function useOrderActions() {
  const orders = useOrderStore()
  const calls = useCallStore()
  const busy = ref(false)
  const asking = ref(false) // a dialog is open: the keys belong to it
  const turned = ref<Set<string>>(new Set()) // units whose tick the seat turned over

  const unitIds = computed(() => (orders.form ? shown(orders.form, 'unit_ids') : []))
  const mayChange = computed(() => orders.order !== null && !isOver(orders.order))
  const ticked = computed(() =>
    tickedUnits(unitIds.value, orders.order?.dispatch_orders ?? [], turned.value),
  )

  watch(
    () => orders.order?.id,
    () => {
      turned.value = new Set()
    },
  )
  onBeforeUnmount(() => {
    if (asking.value) ElMessageBox.close()
  })

  function toggleUnit(unitId: string): void {
    if (!turned.value.delete(unitId)) turned.value.add(unitId)
  }

  async function once(action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      return await attempt(action)
    } finally {
      busy.value = false
    }
  }

  async function acceptSure(): Promise<void> {
    const id = orders.order?.id
    if (id && mayChange.value) await once(() => orders.acceptSure(id))
  }

  async function send(): Promise<void> {
    const id = orders.order?.id
    if (!id || !mayChange.value || busy.value) return
    if (ticked.value.length === 0) {
      const sent = orders.order?.dispatch_orders.length
      const hint = sent ? '没有待派发的单位。' : '请先选择联动单位，再派发。'
      ElMessage.info({ message: hint, grouping: true })
      return
    }
    const chosen = [...ticked.value]
    if (await once(() => orders.send(id, chosen))) turned.value = new Set()
  }

  async function close(): Promise<void> {
    const id = orders.order?.id
    if (id) await once(() => orders.close(id))
  }

  /** Asks for a sentence; `null` where the seat went back. */
  async function ask(title: string, text: string, missing: string): Promise<string | null> {
    if (asking.value) return null
    asking.value = true
    try {
      const box = await ElMessageBox.prompt(text, `${title} · ${orders.order?.number ?? ''}`, {
        inputType: 'textarea',
        inputValidator: (value: string) => (value.trim() ? true : missing),
        confirmButtonText: '确定',
        cancelButtonText: '返回',
        closeOnClickModal: false,
      })
      return box.value.trim()
    } catch {
      return null
    } finally {
      asking.value = false
    }
  }

  // Another call may be shown by the time the dialog is answered: the order is the one asked about.
  async function answer(): Promise<void> {
    const id = orders.order?.id
    const text = id && (await ask('直接答复办结', '答复内容', '请写下给来电人的答复。'))
    if (id && text) await once(() => orders.answer(id, text))
  }

  async function discard(): Promise<void> {
    const id = orders.order?.id
    const reason = id && (await ask('作废工单', '作废原因（如骚扰、误拨）', '请写下作废原因。'))
    if (id && reason) await once(() => orders.discard(id, reason))
  }

  async function open(id: string): Promise<void> {
    if (calls.live?.orderId === id) calls.backToLive()
    else await attempt(() => orders.open(id))
  }

  return {
    busy,
    asking,
    unitIds,
    ticked,
    mayChange,
    toggleUnit,
    once,
    acceptSure,
    send,
    close,
    answer,
    discard,
    open,
  }
}
