import { mock } from '@roamkit/backend-mock'

/** The machine that the examples run on, in real time: a cable, two Wi-Fis and a telephone. */
export const network = mock({
  configurations: [
    { id: 'desk', name: 'Desk', bearer: 'ethernet', device: 'eth0' },
    { id: 'cafe', name: 'Café', bearer: 'wlan', device: 'wlan0', signal: 70 },
    { id: 'guest', name: 'Guest', bearer: 'wlan', device: 'wlan0', signal: 40 },
    {
      id: 'phone',
      name: 'Phone',
      bearer: 'lte',
      device: 'wwan0',
      metered: { value: true, sure: true },
      cellular: { operator: 'Example Mobile', operatorCode: '00101', registration: 'home' },
    },
  ],
})
