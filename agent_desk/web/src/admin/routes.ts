/** The pages of administration, below one frame with a navigation of their own. */
import type { RouteRecordRaw } from 'vue-router'
import { key } from '@/locales'

const roles = ['administrator' as const]

export const adminRoutes: RouteRecordRaw[] = [
  { path: '/numbers', redirect: '/admin/numbers' },
  {
    path: '/admin',
    component: () => import('@/pages/AdminPage.vue'),
    redirect: '/admin/people',
    meta: { roles, title: key('管理') },
    children: [
      {
        path: 'people',
        component: () => import('@/pages/admin/PeoplePage.vue'),
        meta: { roles, title: key('人员') },
      },
      {
        path: 'seats',
        component: () => import('@/pages/admin/SeatsPage.vue'),
        meta: { roles, title: key('座席') },
      },
      {
        path: 'queues',
        component: () => import('@/pages/admin/QueuesPage.vue'),
        meta: { roles, title: key('队列') },
      },
      {
        path: 'numbers',
        component: () => import('@/pages/admin/NumbersPage.vue'),
        meta: { roles, title: key('受理号码') },
      },
      {
        path: 'units',
        component: () => import('@/pages/admin/UnitsPage.vue'),
        meta: { roles, title: key('单位') },
      },
      {
        path: 'areas',
        component: () => import('@/pages/admin/AreasPage.vue'),
        meta: { roles, title: key('区域与中心') },
      },
      {
        path: 'calendar',
        component: () => import('@/pages/admin/CalendarPage.vue'),
        meta: { roles, title: key('日历') },
      },
      {
        path: 'limits',
        component: () => import('@/pages/admin/LimitsPage.vue'),
        meta: { roles, title: key('时限') },
      },
      {
        path: 'map',
        component: () => import('@/pages/admin/MapPage.vue'),
        meta: { roles, title: key('地图底图') },
      },
      {
        path: 'prompts',
        component: () => import('@/pages/admin/PromptsPage.vue'),
        meta: { roles, title: key('提示音') },
      },
      {
        path: 'audits',
        component: () => import('@/pages/admin/AuditsPage.vue'),
        meta: { roles, title: key('审计') },
      },
    ],
  },
]
