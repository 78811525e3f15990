import { createPinia } from 'pinia'
import { createApp } from 'vue'
import '@/styles/element'
import '@/styles/base.css'
import App from './App.vue'
import { i18n, speakAsBefore } from './locales'
import { makeRouter } from './router'

// A page that was open while the server got newer pages cannot load its parts any more.
const RELOADED = 'yihu.reloaded-at'
const RELOAD_PAUSE_MS = 30_000
window.addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0)
  if (Date.now() - last < RELOAD_PAUSE_MS) return
  sessionStorage.setItem(RELOADED, String(Date.now()))
  location.reload()
})

void speakAsBefore()
createApp(App).use(createPinia()).use(i18n).use(makeRouter()).mount('#app')
