import { afterEach, describe, expect, it } from 'vitest'
import { speak, t } from '@/locales'

describe('the language of the pages', () => {
  afterEach(() => speak('zh'))

  it('is Chinese, with its placeholders filled', () => {
    expect(t('还剩 {count} 项。见 v1.2', { count: 3 })).toBe('还剩 3 项。见 v1.2')
  })

  it('becomes English, and says in Chinese what has no English', async () => {
    await speak('en')
    expect(t('退出')).toBe('Sign out')
    expect(t('没有译文 {count}', { count: 2 })).toBe('没有译文 2')
    expect(document.documentElement.lang).toBe('en')
  })
})
