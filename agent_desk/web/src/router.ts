import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalized,
  type Router,
} from 'vue-router'
import { whenSignedOut, whenTokenRefused } from '@/api/client'
import type { Role } from '@/api/types'
import { adminRoutes } from '@/admin/routes'
import { key } from '@/locales'
import { useSessionStore } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    roles?: Role[] // who may see the page; everybody where absent
    title: string
  }
}

/** What was typed before a crash is there before the page that shows it. */
async function withDrafts(): Promise<void> {
  await (await import('@/stores/draftMirror')).restored()
}

/** Begins to load the files of a page. */
function fetchAhead(to: RouteLocationNormalized): void {
  for (const record of to.matched) {
    const page: unknown = record.components?.['default']
    if (typeof page === 'function') {
      void (page as () => Promise<unknown>)().catch(() => undefined)
    }
  }
}

/** The pages, each loaded when it is first needed. */
export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: '/login',
        component: () => import('@/pages/LoginPage.vue'),
        meta: { title: key('登录') },
      },
      {
        path: '/seat',
        component: () => import('@/pages/SeatPage.vue'),
        beforeEnter: withDrafts,
        // A supervisor who took a call over writes its order there.
        meta: { roles: ['seat', 'supervisor'], title: key('接警座席') },
      },
      {
        path: '/orders/:id',
        component: () => import('@/pages/OrderPage.vue'),
        beforeEnter: withDrafts,
        meta: { roles: ['seat', 'supervisor'], title: key('工单') },
      },
      {
        path: '/unit',
        component: () => import('@/pages/UnitPage.vue'),
        meta: { roles: ['unit'], title: key('联动单位') },
      },
      {
        path: '/supervisor',
        component: () => import('@/pages/SupervisorPage.vue'),
        meta: { roles: ['supervisor', 'administrator'], title: key('班长台') },
      },
      {
        path: '/wall',
        component: () => import('@/pages/WallPage.vue'),
        meta: { roles: ['supervisor'], title: key('指挥大屏') },
      },
      {
        path: '/archive',
        component: () => import('@/pages/ArchivePage.vue'),
        meta: { roles: ['supervisor'], title: key('通话记录') },
      },
      {
        path: '/reports',
        component: () => import('@/pages/ReportsPage.vue'),
        meta: { roles: ['supervisor'], title: key('报表') },
      },
      {
        path: '/figures',
        redirect: '/reports',
      },
      {
        path: '/alarms',
        component: () => import('@/pages/AlarmsPage.vue'),
        meta: { roles: ['supervisor'], title: key('告警') },
      },
      {
        path: '/marks',
        component: () => import('@/pages/MarksPage.vue'),
        meta: { roles: ['supervisor', 'administrator'], title: key('考核') },
      },
      {
        path: '/marks/bulletin',
        component: () => import('@/pages/BulletinPage.vue'),
        meta: { roles: ['supervisor', 'administrator'], title: key('考核通报') },
      },
      {
        path: '/learning/quality',
        component: () => import('@/pages/QualityPage.vue'),
        meta: { roles: ['supervisor'], title: key('研判质量') },
      },
      {
        path: '/learning/models',
        component: () => import('@/pages/ModelsPage.vue'),
        meta: { roles: ['supervisor'], title: key('模型') },
      },
      {
        path: '/learning/dial',
        component: () => import('@/pages/DialPage.vue'),
        meta: { roles: ['supervisor'], title: key('灵敏度') },
      },
      {
        path: '/learning/taxonomy',
        component: () => import('@/pages/TaxonomyPage.vue'),
        meta: { roles: ['supervisor'], title: key('类目') },
      },
      ...adminRoutes,
      {
        path: '/account',
        component: () => import('@/pages/AccountPage.vue'),
        meta: { title: key('修改密码') },
      },
      {
        path: '/knowledge',
        component: () => import('@/pages/KnowledgePage.vue'),
        meta: { roles: ['supervisor', 'administrator'], title: key('知识库') },
      },
      {
        path: '/names',
        component: () => import('@/pages/GazetteerPage.vue'),
        meta: { roles: ['supervisor', 'administrator'], title: key('地名') },
      },
      { path: '/:rest(.*)*', redirect: '/login' },
    ],
  })

  router.beforeEach(async (to) => {
    const session = useSessionStore()
    if (!session.me) fetchAhead(to) // while it is asked who is signed in
    try {
      await session.restore()
    } catch {
      if (to.path === '/unit' && session.recall()) return true
      if (to.path !== '/login') return '/login'
    }
    if (to.path === '/login') return session.me ? session.home() : true
    const roles = to.meta.roles
    if (!session.me) return '/login'
    if (session.me.must_change_password && to.path !== '/account') return '/account'
    return !roles || roles.includes(session.me.role) ? true : session.home()
  })
  whenSignedOut(() => {
    useSessionStore().expire()
    void router.push('/login')
  })
  whenTokenRefused(() => useSessionStore().verify())
  return router
}
