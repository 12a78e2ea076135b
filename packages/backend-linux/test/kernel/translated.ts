import { ActivationLedger } from '../../src/kernel/activation-ledger.js'
import type { Mirror } from '../../src/kernel/mirror.js'
import { Translator, type TranslatorOptions } from '../../src/kernel/translator.js'

/** A translator that reads nothing of this machine. */
export function translatorOf(mirror: Mirror, options: Partial<TranslatorOptions> = {}): Translator {
  return new Translator(mirror, {
    ledger: new ActivationLedger(),
    boot: 'boot',
    deviceType: () => null,
    control: 'no',
    scope: 'kernel test',
    statistics: true,
    directRouting: true,
    ...options,
  })
}
