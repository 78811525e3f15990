/** What the seat does to the shown order: one action at a time, told about when it fails. */
import { ElMessage, ElMessageBox } from 'element-plus'
import { computed, onBeforeUnmount, ref, watch } from 'vue'
import { Refused } from '@/api/client'
import { spoken, t } from '@/locales'
import { sure } from '@/realtime/asking'
import { attempt } from '@/realtime/attempt'
import { isOver, shown } from '@/rules/orderForm'
import { tickedUnits } from '@/rules/unitChoice'
import { useCallStore } from '@/stores/call'
import { useOrderStore } from '@/stores/order'

interface Question {
  title: string
  text: string
  missing: string
  most: number // characters the server takes
}
const ANSWER: Question = spoken({
  title: '直接答复办结',
  text: '答复内容',
  missing: '请写下给来电人的答复。',
  most: 4000,
})
const DISCARD: Question = spoken({
  title: '作废工单',
  text: '作废原因（如骚扰、误拨）',
  missing: '请写下作废原因。',
  most: 200,
})

export function useOrderActions() {
  const orders = useOrderStore()
  const calls = useCallStore()
  const busy = ref(false)
  const asking = ref(false) // a dialog is open: the keys belong to it
  const typed = new Map<string, string>() // into dialogs, by order and question
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
      const hint = sent ? t('没有待派发的单位。') : t('请先选择联动单位，再派发。')
      ElMessage.info({ message: hint, grouping: true })
      return
    }
    const chosen = [...ticked.value]
    if (await once(() => sendAsking(id, chosen))) turned.value = new Set()
  }

  /** Sends; where nobody is on duty, only if the seat insists. */
  async function sendAsking(id: string, chosen: string[]): Promise<void> {
    try {
      await orders.send(id, chosen)
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'off_duty') throw error
      if (await insists(error.message)) await orders.send(id, chosen, true)
    }
  }

  async function insists(message: string): Promise<boolean> {
    asking.value = true
    try {
      const words = { yes: t('仍要派发'), no: t('返回改选') }
      return await sure(t('单位不在值班'), message, words)
    } finally {
      asking.value = false
    }
  }

  /** Asks for a sentence about an order; `null` where the seat went back. */
  async function ask(question: Question, key: string): Promise<string | null> {
    const { title, text, missing, most } = question
    asking.value = true
    try {
      const box = await ElMessageBox.prompt(text, `${title} · ${orders.order?.number ?? ''}`, {
        inputType: 'textarea',
        inputValue: typed.get(key) ?? '',
        inputValidator: (value: string) => {
          typed.set(key, value)
          if (!value.trim()) return missing
          return [...value].length <= most || t('最多 {most} 字，请精简。', { most })
        },
        confirmButtonText: t('确定'),
        cancelButtonText: t('返回'),
        closeOnClickModal: false,
      })
      return box.value.trim()
    } catch {
      return null
    } finally {
      asking.value = false
    }
  }

  /**
   * Asks, then acts on the order asked about: another call may be shown by the time the dialog
   * is answered. What was typed comes back until the action has worked.
   */
  async function askAndAct(
    question: Question,
    action: (id: string, text: string) => Promise<void>,
  ): Promise<void> {
    const id = orders.order?.id
    if (!id || asking.value) return
    const key = `${id} ${question.title}`
    const text = await ask(question, key)
    if (text && (await once(() => action(id, text)))) typed.delete(key)
  }

  const answer = () => askAndAct(ANSWER, orders.answer)
  const discard = () => askAndAct(DISCARD, orders.discard)

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
    answer,
    discard,
    open,
  }
}
