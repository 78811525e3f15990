/** The browser as a telephone: registers through the server's SIP relay and takes calls. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { UA } from 'jssip/lib/UA'
import type { SipAccount } from '@/api/types'
import { onlyTab } from './onlyTab'
import { ring, silentStream } from './tones'

export type PhoneState = 'off' | 'elsewhere' | 'connecting' | 'registered' | 'lost'
export type PhoneCall = 'none' | 'ringing' | 'answering' | 'talking'

const ELSEWHERE_MS = 500
const NO_MICROPHONE =
  '麦克风不可用：来电人听不到您的声音。请在浏览器地址栏允许使用麦克风；仍可听音并用文字记录、派单。'

export function useSoftphone() {
  const state = ref<PhoneState>('off')
  const call = ref<PhoneCall>('none')
  const muted = ref(false)
  const warning = ref('')
  const session = shallowRef<RTCSession | null>(null)
  const speaker = new Audio()
  speaker.autoplay = true

  let ua: UA | null = null
  let account = ''
  let leaveLine: () => void = () => undefined
  let microphone: MediaStream | null = null
  let stopRinging: () => void = () => undefined

  /** Registers with `sip`; does nothing where it already has. */
  async function start(sip: SipAccount): Promise<void> {
    const wanted = `${sip.uri} ${sip.password}`
    if (wanted === account) return
    stop()
    account = wanted
    state.value = 'connecting'
    if (!(await takeLine(sip.username))) return
    state.value = 'connecting'
    const JsSIP = await import('jssip')
    if (account !== wanted) return // stopped or replaced meanwhile
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const phone = new JsSIP.UA({
      sockets: new JsSIP.WebSocketInterface(`${scheme}://${location.host}${sip.websocket_path}`),
      uri: sip.uri,
      authorization_user: sip.username,
      password: sip.password,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    })
    phone.on('connecting', () => {
      if (state.value !== 'lost') state.value = 'connecting'
    })
    phone.on('registered', () => {
      state.value = 'registered'
    })
    phone.on('unregistered', () => {
      state.value = 'lost'
    })
    phone.on('registrationFailed', () => {
      state.value = 'lost'
    })
    phone.on('disconnected', () => {
      state.value = 'lost'
    })
    phone.on('newRTCSession', (event: { session: RTCSession; originator: string }) => {
      if (event.originator === 'remote') incoming(event.session)
    })
    ua = phone
    phone.start()
    void checkMicrophone()
  }

  /** Waits for the other tabs of this browser; gives whether this one is still wanted. */
  async function takeLine(username: string): Promise<boolean> {
    const giveUp = new AbortController()
    leaveLine = () => {
      giveUp.abort()
    }
    const told = setTimeout(() => {
      state.value = 'elsewhere'
    }, ELSEWHERE_MS)
    try {
      const release = await onlyTab(`yihu.softphone.${username}`, giveUp.signal)
      if (giveUp.signal.aborted) release()
      else leaveLine = release
    } catch (error) {
      if (!giveUp.signal.aborted) throw error
    } finally {
      clearTimeout(told)
    }
    return !giveUp.signal.aborted
  }

  function incoming(next: RTCSession): void {
    if (session.value) {
      next.terminate({ status_code: 486 })
      return
    }
    session.value = next
    call.value = 'ringing'
    muted.value = false
    stopRinging = ring()
    next.on('icecandidate', (event) => {
      event.ready() // one candidate is enough to reach the server
    })
    next.on('peerconnection', (event) => {
      event.peerconnection.addEventListener('track', (track) => {
        speaker.srcObject = track.streams[0] ?? new MediaStream([track.track])
        speaker.play().catch(() => undefined) // allowed from the answer click on
      })
    })
    next.on('confirmed', () => {
      call.value = 'talking'
    })
    next.on('ended', () => {
      over(next)
    })
    next.on('failed', () => {
      over(next)
    })
  }

  function over(ended: RTCSession): void {
    if (session.value !== ended) return
    stopRinging()
    releaseMicrophone()
    speaker.srcObject = null
    session.value = null
    call.value = 'none'
    muted.value = false
  }

  /** Takes the ringing call; without a microphone it is taken all the same. */
  async function answer(): Promise<void> {
    const ringing = session.value
    if (!ringing || call.value !== 'ringing') return
    call.value = 'answering'
    stopRinging()
    microphone = await openMicrophone()
    if (session.value !== ringing) {
      releaseMicrophone() // the caller hung up while the browser asked
      return
    }
    ringing.answer({
      ...(microphone ? { mediaStream: microphone } : {}),
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
    })
  }

  async function openMicrophone(): Promise<MediaStream | null> {
    try {
      // Undefined where the page is neither on https nor on this machine.
      const devices = navigator.mediaDevices as MediaDevices | undefined
      if (!devices) throw new Error('no secure context')
      const stream = await devices.getUserMedia({ audio: true, video: false })
      warning.value = ''
      return stream
    } catch {
      warning.value = NO_MICROPHONE
      return silentStream()
    }
  }

  /** Asks for the permission before the first call, not during it. */
  async function checkMicrophone(): Promise<void> {
    const stream = await openMicrophone()
    if (!microphone) for (const track of stream?.getTracks() ?? []) track.stop()
  }

  function releaseMicrophone(): void {
    for (const track of microphone?.getTracks() ?? []) track.stop()
    microphone = null
  }

  function hangUp(): void {
    const now = session.value
    if (now && !now.isEnded()) now.terminate()
  }

  function toggleMute(): void {
    const now = session.value
    if (!now) return
    if (muted.value) now.unmute({ audio: true })
    else now.mute({ audio: true })
    muted.value = !muted.value
  }

  function stop(): void {
    account = ''
    leaveLine()
    leaveLine = () => undefined
    stopRinging()
    const phone = ua
    ua = null
    phone?.stop()
    if (session.value) over(session.value)
    releaseMicrophone()
    state.value = 'off'
    warning.value = ''
  }

  onBeforeUnmount(stop)

  return { state, call, muted, warning, start, stop, answer, hangUp, toggleMute }
}
