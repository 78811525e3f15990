/** Alarms in words. */
import type { AlarmInfo, AlarmRuleInfo } from '@/api/types'
import { t } from '@/locales'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `45 秒`, `12 分钟`, `3 小时 5 分`, `2 天 4 小时`; never negative. */
export function span(ms: number): string {
  const whole = Math.max(0, ms)
  if (whole < MINUTE_MS) return t('{count} 秒', { count: Math.floor(whole / 1000) })
  if (whole < HOUR_MS) return t('{count} 分钟', { count: Math.floor(whole / MINUTE_MS) })
  if (whole < DAY_MS) {
    return t('{hours} 小时 {minutes} 分', {
      hours: Math.floor(whole / HOUR_MS),
      minutes: Math.floor((whole % HOUR_MS) / MINUTE_MS),
    })
  }
  return t('{days} 天 {hours} 小时', {
    days: Math.floor(whole / DAY_MS),
    hours: Math.floor((whole % DAY_MS) / HOUR_MS),
  })
}

/** What an alarm is about, without how long it has lasted. */
export function alarmText(alarm: AlarmInfo): string {
  const { name, value } = alarm
  switch (alarm.kind) {
    case 'longest_wait':
      return t('{name}：有人排队过久', { name })
    case 'seats_busy':
      return t('{name}：没有空闲座席', { name })
    case 'helper_down':
      return t('{name}中断', { name })
    case 'red_lamp':
      return value > 1
        ? t('{name} 等 {value} 个单位未接收', { name, value })
        : t('{name}未接收', { name })
    case 'surge':
      return t('{name}：短时间内 {value} 起同类来电', { name, value })
    case 'escalated':
      return t('{name}：超时已上报', { name })
  }
}

/** How long it has lasted, or lasted until it was over. */
export function alarmSpan(alarm: AlarmInfo, now: number): string {
  const end = alarm.cleared_at ? Date.parse(alarm.cleared_at) : now
  return span(end - Date.parse(alarm.began_at))
}

/** A rule's threshold in words. */
export function thresholdUnit(rule: AlarmRuleInfo): string {
  switch (rule.unit) {
    case 'seconds':
      return t('秒')
    case 'minutes':
      return t('分钟')
    case 'calls':
      return t('起')
    case 'step':
      return ''
  }
}

/** What a rule waits for, in a sentence. */
export function ruleSentence(rule: AlarmRuleInfo): string {
  switch (rule.kind) {
    case 'longest_wait':
      return t('排在最前的来电人等候超过界限')
    case 'seats_busy':
      return t('没有一个空闲座席，持续超过界限（紧急队列无人签入也算）')
    case 'helper_down':
      return t('电话、转写或研判中断超过界限')
    case 'red_lamp':
      return t('派单发出后，单位超过界限仍未接收')
    case 'surge':
      return t('时段内同一类别的来电达到界限')
    case 'escalated':
      return t('派单超时，已上报到这一级')
  }
}
