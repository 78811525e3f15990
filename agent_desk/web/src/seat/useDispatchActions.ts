/** The further steps of the shown order: each asks what it has to know, then acts. */
import { ElMessage } from 'element-plus'
import { computed, ref, watch } from 'vue'
import type { DispatchInfo, OrderInfo, StepInfo } from '@/api/types'
import type { Pick } from '@/components/seat/PickDialog.vue'
import { spoken, t } from '@/locales'
import { attempt } from '@/realtime/attempt'
import { asksOpinion, type OrderAct, type UnitAct } from '@/rules/dispatching'
import { shown } from '@/rules/orderForm'
import { useCentreStore } from '@/stores/centre'
import { useDispatchingStore } from '@/stores/dispatching'
import { useOrderStore } from '@/stores/order'

export interface Picking {
  title: string
  label: string
  picks: Pick[]
  reason: string
  optional?: boolean
  act: (value: string, reason: string) => Promise<void>
}

const DEBOUNCE_MS = 500
const OPINIONS: Pick[] = spoken([
  { value: 'satisfied', label: '来电人满意', hint: '' },
  {
    value: 'unsatisfied',
    label: '来电人不满意',
    hint: '应退回单位重办，或由班长写明核查情况后办结',
  },
  { value: 'no_answer', label: '回访无人接听', hint: '请写明您核查到的情况' },
])
const STARS: Pick[] = [5, 4, 3, 2, 1].map((stars) => ({
  value: String(stars),
  label: '★'.repeat(stars),
  hint: '',
}))

export function useDispatchActions(once: (action: () => Promise<unknown>) => Promise<boolean>) {
  const orders = useOrderStore()
  const centre = useCentreStore()
  const store = useDispatchingStore()
  const picking = ref<Picking | null>(null)
  const steps = ref<StepInfo[] | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  const proposals = computed(() => store.proposals)

  // What counts for who goes: the proposals follow it, after a pause in typing.
  watch(
    () => {
      const form = orders.form
      if (!form) return ''
      const { id, fields, dispatch_orders: sent } = form.order
      const lamps = sent.map((one) => `${one.unit_id}${one.status}`).join()
      return [id, fields.category_code, fields.address, fields.emergency, lamps].join('|')
    },
    (key) => {
      clearTimeout(timer)
      if (!key) {
        void store.propose(null)
        return
      }
      timer = setTimeout(() => {
        void store.propose(orders.order?.id ?? null).catch(() => undefined) // a help, no must
      }, DEBOUNCE_MS)
    },
    { immediate: true },
  )

  async function chosen(value: string, reason: string): Promise<void> {
    const asked = picking.value
    if (asked && (await once(() => asked.act(value, reason)))) picking.value = null
  }

  /** Puts another unit into the form. */
  function choose(unitId: string): void {
    if (!orders.form) return
    const ids = shown(orders.form, 'unit_ids')
    if (!ids.includes(unitId)) orders.edit('unit_ids', [...ids, unitId])
  }

  function sentence(title: string, label: string, act: (reason: string) => Promise<void>): Picking {
    const picks = [{ value: 'yes', label: title, hint: '' }]
    return { title, label, picks, reason: label, act: (_, reason) => act(reason) }
  }

  function onUnit(act: UnitAct, item: DispatchInfo): void {
    const id = orders.order?.id
    if (!id) return
    const name = item.unit_name
    switch (act) {
      case 'recall':
        picking.value = sentence(t('撤回“{name}”的派单', { name }), t('撤回原因'), (reason) =>
          store.unit(id, item.id, 'recall', { reason }),
        )
        break
      case 'redo':
        picking.value = sentence(
          t('退回“{name}”重办', { name }),
          t('退回原因：哪里没有办好'),
          (reason) => store.unit(id, item.id, 'redo', { reason }),
        )
        break
      case 'rate':
        picking.value = {
          title: t('来电人对“{name}”的评分', { name }),
          label: t('评分'),
          picks: STARS,
          reason: '',
          act: (stars) => store.unit(id, item.id, 'rate', { stars: Number(stars) }),
        }
        break
      case 'reroute':
        picking.value = {
          title: t('把“{name}”的派单改派', { name }),
          label: t('输入名称查找单位'),
          picks: others(item.unit_id),
          reason: t('改派原因'),
          act: (unit, reason) =>
            store.unit(id, item.id, 'reroute', { unit_id: unit, reason, even_off_duty: true }),
        }
    }
  }

  /** Units an order can go to instead, the proposed ones first. */
  function others(unitId: string): Pick[] {
    const proposed = store.proposals.units.map((one) => one.unit_id)
    const rest = centre.centre.units.map((unit) => unit.id)
    const have = new Set(
      (orders.order?.dispatch_orders ?? [])
        .filter((one) => !['rejected', 'recalled'].includes(one.status))
        .map((one) => one.unit_id),
    )
    return [...new Set([...proposed, ...rest])]
      .filter((id) => id !== unitId && !have.has(id))
      .map((id) => {
        const unit = centre.units.get(id)
        return {
          value: id,
          label: unit?.name ?? '',
          hint: `${unit?.kind ?? ''} ${unit?.area ?? ''}`,
        }
      })
      .filter((one) => one.label !== '')
  }

  async function onOrder(act: OrderAct): Promise<void> {
    const order = orders.order
    if (!order) return
    const { id } = order
    switch (act) {
      case 'offer':
        await once(() => store.order(id, 'offer', { version: order.version }))
        break
      case 'resume':
        await once(() => store.order(id, 'resume', { version: order.version }))
        break
      case 'suspend':
        picking.value = sentence(t('挂起工单'), t('挂起原因（如等待配件）'), (reason) =>
          store.order(id, 'suspend', { version: latest(order), reason }),
        )
        break
      case 'reopen':
        picking.value = sentence(t('重新办理'), t('重新办理的原因'), (reason) =>
          store.order(id, 'reopen', { version: latest(order), reason }),
        )
        break
      case 'report':
        picking.value = sentence(t('上报上级中心'), t('上报说明'), (note) =>
          store.order(id, 'report', { note }),
        )
        break
      case 'steps':
        await attempt(async () => {
          steps.value = await store.steps(id)
        })
        break
      default:
        await attempt(() => askWhose(id, act))
    }
  }

  async function askWhose(id: string, act: OrderAct): Promise<void> {
    const found = await store.levels(id)
    if (act === 'handOver') {
      picking.value = {
        title: t('移交责任人'),
        label: t('输入姓名查找接手人'),
        picks: found.colleagues.map((one) => ({ value: one.user_id, label: one.name, hint: '' })),
        reason: '',
        act: (user) => store.order(id, 'owner', { user_id: user }),
      }
      return
    }
    const picks = found.may_take_back
      ? [
          {
            value: 'back',
            label: t('收回，由本中心指挥'),
            hint: t('现由{commanding}指挥', { commanding: found.commanding.name }),
          },
        ]
      : found.lower.map((one) => ({ value: one.code, label: one.name, hint: '' }))
    if (picks.length === 0) {
      ElMessage.info({ message: t('本中心没有下级中心。'), grouping: true })
      return
    }
    picking.value = {
      title: found.may_take_back ? t('收回工单') : t('下派给下级中心'),
      label: t('输入名称查找中心'),
      picks,
      reason: t('说明'),
      act: (code, reason) =>
        store.order(id, 'pass', { centre_code: code === 'back' ? found.own.code : code, reason }),
    }
  }

  /** The version now: the machine's writes raise it while a question is open. */
  function latest(order: OrderInfo): number {
    return orders.forms[order.id]?.order.version ?? order.version
  }

  /** Closes the order, after asking what the citizen says where that has to be known. */
  async function close(): Promise<void> {
    const order = orders.order
    if (!order) return
    if (!asksOpinion(order)) {
      await once(() => orders.close(order.id))
      return
    }
    picking.value = {
      title: t('核查办结：回访结果'),
      label: t('回访结果'),
      picks: OPINIONS,
      reason: t('核查情况（满意时可不填）'),
      optional: true,
      act: (opinion, note) => orders.close(order.id, opinion, note),
    }
  }

  return { proposals, picking, steps, chosen, choose, onUnit, onOrder, close }
}
