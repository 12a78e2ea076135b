// `@roamkit/backend-windows` on the scripted DLLs of the lab.
import { windows as onWindows } from '@roamkit/backend-windows'
import { libraries } from '@roamkit/lab-windows'

const { iphlpapi, wlanapi, sechost, powrprof, rasapi32, netlist } = libraries

/** @type {typeof onWindows} */
export const windows = (options) =>
  onWindows({ ...options, libraries: { iphlpapi, wlanapi, sechost, powrprof, rasapi32, netlist } })
