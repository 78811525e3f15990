import { beforeEach, describe, expect, it } from 'vitest'
import { constraintsOf, loudness, readAudioChoice, writeAudioChoice } from '@/softphone/audioChoice'

beforeEach(() => {
  localStorage.clear()
})

describe('the devices of this browser', () => {
  it('are remembered', () => {
    const choice = { microphone: 'm1', speaker: 's1', ringer: 's2', processing: true }
    writeAudioChoice(choice)
    expect(readAudioChoice()).toEqual(choice)
  })

  it('are the system’s own, unprocessed, where nothing sound is remembered', () => {
    const own = { microphone: '', speaker: '', ringer: '', processing: false }
    expect(readAudioChoice()).toEqual(own)
    for (const damaged of ['{', '7', '{"microphone": 3, "processing": "yes"}']) {
      localStorage.setItem('yihu.audio', damaged)
      expect(readAudioChoice()).toEqual(own)
    }
  })

  it('are wished for, not demanded: one that is gone must not cost the call its microphone', () => {
    const asked = constraintsOf({ microphone: 'm1', speaker: '', ringer: '', processing: false })
    expect(asked.deviceId).toEqual({ ideal: 'm1' })
    expect(asked.echoCancellation).toBe(false)
    expect(asked.noiseSuppression).toBe(false)
    expect(asked.autoGainControl).toBe(false)
  })
})

describe('the level meter', () => {
  it('goes from silence to full', () => {
    const wave = (gain: number) =>
      Float32Array.from({ length: 480 }, (_, at) => gain * Math.sin(at / 5))
    expect(loudness(new Float32Array(0))).toBe(0)
    expect(loudness(new Float32Array(480))).toBe(0)
    expect(loudness(wave(0.01))).toBeGreaterThan(0.2)
    expect(loudness(wave(0.1))).toBeGreaterThan(loudness(wave(0.01)))
    expect(loudness(wave(1))).toBeGreaterThan(0.95)
    expect(loudness(wave(1))).toBeLessThanOrEqual(1)
  })
})
