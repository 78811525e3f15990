/** What stands around every page. */
export default {
  正在连接: 'Connecting',
  在线: 'Online',
  '断开，正在重连': 'Disconnected, reconnecting',
  退出: 'Sign out',
}
