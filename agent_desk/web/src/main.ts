import { createPinia } from 'pinia'
import { createApp } from 'vue'
import '@/styles/element'
import '@/styles/base.css'
import App from './App.vue'
import { makeRouter } from './router'

createApp(App).use(createPinia()).use(makeRouter()).mount('#app')
