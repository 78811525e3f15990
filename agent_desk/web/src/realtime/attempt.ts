/** Runs what a button started and tells the user when it failed. */
import { ElMessage } from 'element-plus'
import { Refused } from '@/api/client'

/** Gives whether it worked. Errors that are not the server's answer go on to the console. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.status === 401) return false // the sign-in page says it
    ElMessage.error({ message: error.message, duration: 6000, grouping: true, showClose: true })
    return false
  }
}
