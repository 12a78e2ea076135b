// Why scenarios are left out.

/** Of scenarios that are played on the user-mode kernel only. */
export const TOO_SLOW = 'too slow under qemu, without hardware help'
