import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { icons } from './scripts/icons.ts'
import { unitShell } from './scripts/shell.ts'

// The address of a running instance, for `npm run dev` only.
const instance = process.env['YIHU_DEV_SERVER'] ?? 'http://127.0.0.1:9600'

const shell = unitShell()

export default defineConfig({
  plugins: [
    vue(),
    icons(),
    shell.plugin,
    VitePWA({
      registerType: 'prompt', // a newer version is used when the user says so
      injectRegister: false, // src/unit/useShell.ts registers it, for /unit alone
      includeManifestIcons: false,
      manifest: {
        id: '/unit',
        name: '一呼 · 联动单位',
        short_name: '一呼',
        lang: 'zh-CN',
        start_url: '/unit',
        scope: '/',
        display: 'standalone',
        background_color: '#0e141b',
        theme_color: '#11171f',
        icons: [
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          {
            src: '/icon-maskable-512.png',
            sizes: '512x512',
            type: 'image/png',
            purpose: 'maskable',
          },
        ],
      },
      workbox: {
        // The files of the unit's page and nothing else; no answer of the server is kept.
        globPatterns: ['index.html', 'assets/*.{js,css}'],
        manifestTransforms: [
          (entries) => ({ manifest: entries.filter((one) => shell.has(one.url)), warnings: [] }),
        ],
        navigateFallback: '/index.html',
        navigateFallbackAllowlist: [/^\/unit(\?|$)/],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy has no data: sources
    modulePreload: { polyfill: false }, // the polyfill is an inline script
    chunkSizeWarningLimit: 900,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': instance,
      '/ws': { target: instance, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 60_000, // five seconds pass quickly on a machine with other work
  },
})
