import { describe, expect, it, jest } from '@jest/globals'
import { meanwhile } from '../../src/meanwhile.ts'
import type { Http, HttpRequest, HttpResponse } from '../../src/model.ts'

const REQUEST: HttpRequest = { method: 'GET', url: 'https://login.example', headers: {} }
const ANSWER: HttpResponse = { status: 200, headers: {}, body: Buffer.alloc(0), attempts: 1, retryAfterMs: undefined }

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Answers after so many milliseconds. */
const answering = (ms: number): Http => ({
  send: async () => {
    await wait(ms)
    return ANSWER
  },
})

describe('meanwhile', () => {
  it('begins the work while the first answer is waited for, once', async () => {
    const work = jest.fn(async () => undefined)
    const { http } = meanwhile(answering(100), work)
    const answers = [http.send(REQUEST), http.send(REQUEST)]
    await wait(60)
    expect(work).toHaveBeenCalledTimes(1)
    expect(await Promise.all(answers)).toEqual([ANSWER, ANSWER])
    await http.send(REQUEST)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('does not begin where the answer comes soon, nor later', async () => {
    const work = jest.fn(async () => undefined)
    const { http } = meanwhile(answering(0), work)
    await http.send(REQUEST)
    await wait(60)
    await http.send(REQUEST)
    expect(work).not.toHaveBeenCalled()
  })

  it('does not begin where the request failed soon, and hands the failure on', async () => {
    const work = jest.fn(async () => undefined)
    const failure = new Error('refused')
    const { http } = meanwhile({ send: () => Promise.reject(failure) }, work)
    await expect(http.send(REQUEST)).rejects.toBe(failure)
    await wait(60)
    expect(work).not.toHaveBeenCalled()
  })

  it('lets answers through in a pause, and nothing more of the work once it is over', async () => {
    const steps: string[] = []
    const { http, end } = meanwhile(answering(60), async (pause) => {
      for (;;) {
        steps.push('step')
        await pause()
      }
    })
    await http.send(REQUEST)
    expect(steps.length).toBeGreaterThan(1)
    end()
    await wait(1)
    const done = steps.length
    await wait(20)
    expect(steps).toHaveLength(done)
  })

  it('does not begin after its end', async () => {
    const work = jest.fn(async () => undefined)
    const { http, end } = meanwhile(answering(100), work)
    const answer = http.send(REQUEST)
    end()
    await answer
    expect(work).not.toHaveBeenCalled()
  })

  it('keeps to itself what the work throws', async () => {
    const work = jest.fn(() => Promise.reject(new Error('of no concern')))
    const { http } = meanwhile(answering(60), work)
    expect(await http.send(REQUEST)).toBe(ANSWER)
    expect(work).toHaveBeenCalledTimes(1)
  })
})
