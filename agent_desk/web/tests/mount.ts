/** Runs a composable inside a component; gives the function that removes it. */
import { createApp, defineComponent } from 'vue'

export function mount(setup: () => void): () => void {
  const app = createApp(
    defineComponent({
      setup() {
        setup()
        return () => null
      },
    }),
  )
  app.mount(document.createElement('div'))
  return () => {
    app.unmount()
  }
}
