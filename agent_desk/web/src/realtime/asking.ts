/** What somebody is asked before something is done that cannot be undone by a click. */
import { ElMessageBox } from 'element-plus'
import { t } from '@/locales'

/** A reason for the record, at most `most` characters; `null` where the supervisor went back. */
export async function why(title: string, usual: string, most: number): Promise<string | null> {
  try {
    const answer = await ElMessageBox.prompt(t('原因（会记录在案）'), title, {
      inputValue: usual,
      confirmButtonText: t('确定'),
      cancelButtonText: t('取消'),
      closeOnClickModal: false,
      inputValidator: (text: string) => {
        if (!text.trim()) return t('请写明原因。')
        return [...text.trim()].length <= most || t('最多 {most} 字，请精简。', { most })
      },
    })
    return answer.value.trim()
  } catch {
    return null
  }
}

/** Whether whoever is asked means it; `yes` and `no` are what the buttons say. */
export async function sure(
  title: string,
  text: string,
  { yes = t('确定'), no = t('取消') } = {},
): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text, title, {
      confirmButtonText: yes,
      cancelButtonText: no,
      closeOnClickModal: false,
    })
    return true
  } catch {
    return false
  }
}
