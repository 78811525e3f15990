/** The browser as a telephone: registers through the server's SIP relay and takes calls. */
import { onBeforeUnmount, ref, shallowRef, watch } from 'vue'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRequest } from 'jssip/lib/SIPMessage'
import type { UA } from 'jssip/lib/UA'
import type { SipAccount } from '@/api/types'
import { useMicrophone } from './microphone'
import { onlyTab } from './onlyTab'
import { keyTone, ring } from './tones'
import { playThrough, useAudioChoice } from './useAudioDevices'

export type PhoneState = 'off' | 'elsewhere' | 'connecting' | 'registered' | 'lost'
export type PhoneCall = 'none' | 'ringing' | 'answering' | 'talking'

const ELSEWHERE_MS = 500
const KEY_MS = 120
const KEY_GAP_MS = 80
// The server rings the own device for what its user asked for: a call to somebody, or being
// beside a seat. Nobody has to answer that.
const OWN_CALL = { header: 'X-Yihu', values: ['call-out', 'supervise'] }

interface NewSession {
  session: RTCSession
  request: IncomingRequest | null
  originator: string
}

export function useSoftphone() {
  const state = ref<PhoneState>('off')
  const call = ref<PhoneCall>('none')
  const muted = ref(false)
  const held = ref(false)
  const holding = ref(false) // asked for, not yet told by the server
  const choice = useAudioChoice()
  const session = shallowRef<RTCSession | null>(null)
  const speaker = new Audio()
  speaker.autoplay = true

  let ua: UA | null = null
  let account = ''
  let leaveLine: () => void = () => undefined
  let stopRinging: () => void = () => undefined
  const microphone = useMicrophone(sendFrom)
  const warning = microphone.warning

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
    phone.on('newRTCSession', (event: NewSession) => {
      if (event.originator !== 'remote') return
      const own = OWN_CALL.values.includes(event.request?.getHeader(OWN_CALL.header) ?? '')
      incoming(event.session, own)
    })
    ua = phone
    phone.start()
    void microphone.check()
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

  function incoming(next: RTCSession, own: boolean): void {
    if (session.value) {
      next.terminate({ status_code: 486 })
      return
    }
    session.value = next
    call.value = 'ringing'
    muted.value = false
    held.value = false
    holding.value = false
    if (!own) stopRinging = ring(choice.value.ringer)
    next.on('icecandidate', (event) => {
      event.ready() // one candidate is enough to reach the server
    })
    next.on('peerconnection', (event) => {
      event.peerconnection.addEventListener('track', (track) => {
        speaker.srcObject = track.streams[0] ?? new MediaStream([track.track])
        void playThrough(speaker, choice.value.speaker)
        speaker.play().catch(() => undefined) // allowed from the answer click on
      })
    })
    next.on('confirmed', () => {
      call.value = 'talking'
    })
    next.on('hold', (event) => {
      if (event.originator.toString() === 'local') held.value = true
    })
    next.on('unhold', (event) => {
      if (event.originator.toString() === 'local') held.value = false
    })
    next.on('ended', () => {
      over(next)
    })
    next.on('failed', () => {
      over(next)
    })
    if (own) void answer()
  }

  function over(ended: RTCSession): void {
    if (session.value !== ended) return
    stopRinging()
    microphone.release()
    speaker.srcObject = null
    session.value = null
    call.value = 'none'
    muted.value = false
    held.value = false
    holding.value = false
  }

  /** Takes the ringing call; without a microphone it is taken all the same. */
  async function answer(): Promise<void> {
    const ringing = session.value
    if (!ringing || call.value !== 'ringing') return
    call.value = 'answering'
    stopRinging()
    const stream = await microphone.open()
    if (session.value !== ringing) {
      microphone.release() // the caller hung up while the browser asked
      return
    }
    ringing.answer({
      ...(stream ? { mediaStream: stream } : {}),
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
    })
  }

  /** Another microphone within the call. */
  function sendFrom(track: MediaStreamTrack): void {
    const connection = session.value?.connection as RTCPeerConnection | undefined
    const sender = connection?.getSenders().find((one) => one.track?.kind === 'audio')
    if (!sender) return
    track.enabled = !muted.value && !held.value
    void sender.replaceTrack(track)
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

  /** Lets the caller hear music, or takes them back. */
  function toggleHold(): void {
    const now = session.value
    if (!now || call.value !== 'talking' || holding.value) return
    const done = () => {
      holding.value = false
    }
    // False where a renegotiation is under way already.
    holding.value = held.value ? now.unhold({}, done) : now.hold({}, done)
  }

  /** Sends a key to the other side, as for a menu at the far end. */
  function sendKey(key: string): void {
    const now = session.value
    if (!now || call.value !== 'talking') return
    const sender = (now.connection as RTCPeerConnection | undefined)
      ?.getSenders()
      .find((one) => one.track?.kind === 'audio')?.dtmf
    if (sender?.canInsertDTMF) sender.insertDTMF(sender.toneBuffer + key, KEY_MS, KEY_GAP_MS)
    else now.sendDTMF(key, { duration: KEY_MS, interToneGap: KEY_GAP_MS })
    keyTone(key)
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
    microphone.forget()
    state.value = 'off'
  }

  watch(
    () => choice.value.speaker,
    (now) => void playThrough(speaker, now),
  )
  onBeforeUnmount(stop)

  return {
    state,
    call,
    muted,
    held,
    holding,
    warning,
    start,
    stop,
    answer,
    hangUp,
    toggleMute,
    toggleHold,
    sendKey,
  }
}
