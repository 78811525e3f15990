/** The socket in a page: it lives as long as the page does. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import type { SocketMessage } from '@/api/types'
import { useSessionStore } from '@/stores/session'
import { DeskSocket, type Link } from './deskSocket'

export function useDeskSocket(
  onMessage: (message: SocketMessage) => void,
  resync: () => Promise<void>,
): Ref<Link> {
  const session = useSessionStore()
  const link = ref<Link>('connecting')
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const socket = new DeskSocket({
    connect: () => new WebSocket(`${scheme}://${location.host}/ws`),
    onMessage,
    resync,
    onLink: (now) => {
      link.value = now
    },
    onClosed: () => {
      // A browser does not say why a socket was refused; this tells whether one is signed in.
      void session.verify()
    },
  })
  const hurry = () => {
    socket.hurry()
  }
  const giveUp = () => {
    socket.giveUp()
  }
  onMounted(() => {
    socket.start()
    window.addEventListener('offline', giveUp)
    window.addEventListener('online', hurry)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('offline', giveUp)
    window.removeEventListener('online', hurry)
    socket.stop()
  })
  return link
}
