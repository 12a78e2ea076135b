/** The members of Qt's classes, by the heading under which `docs/coming-from-qt.md` has them. From Qt's reference, 4.7 to 5.15. */
export const qtMembers: Readonly<Record<string, readonly string[]>> = {
  QNetworkSession:
    words(`QNetworkSession() open() close() stop() waitForOpened() isOpen() state() error() errorString() configuration()
    interface() activeTime() bytesReceived() bytesWritten() sessionProperty() setSessionProperty() usagePolicies() migrate() ignore()
    accept() reject() opened() closed() stateChanged() error() preferredConfigurationChanged() newConfigurationActivated()
    usagePoliciesChanged() connectNotify() disconnectNotify()`),
  'Session properties': words(
    'ActiveConfiguration UserChoiceConfiguration ConnectInBackground AutoCloseSessionTimeout',
  ),
  'QNetworkSession::State': words('Invalid NotAvailable Connecting Connected Closing Disconnected Roaming'),
  'QNetworkSession::SessionError': words(
    'UnknownSessionError SessionAbortedError RoamingError OperationNotSupportedError InvalidConfigurationError',
  ),
  'QNetworkSession::UsagePolicy': words('NoPolicy NoBackgroundTrafficPolicy'),
  QNetworkConfiguration:
    words(`QNetworkConfiguration() identifier() name() type() state() purpose() bearerType() bearerTypeFamily()
    bearerTypeName() children() isRoamingAvailable() isValid() connectTimeout() setConnectTimeout() operator==() operator!=()
    operator=() swap()`),
  'QNetworkConfiguration::Type, Purpose, StateFlag':
    words(`InternetAccessPoint ServiceNetwork UserChoice Invalid UnknownPurpose
    PublicPurpose PrivatePurpose ServiceSpecificPurpose Undefined Defined Discovered Active`),
  'QNetworkConfiguration::BearerType':
    words(`BearerUnknown BearerEthernet BearerWLAN Bearer2G BearerCDMA2000 BearerWCDMA BearerHSPA
    BearerBluetooth BearerWiMAX BearerEVDO BearerLTE Bearer3G Bearer4G`),
  QNetworkConfigurationManager:
    words(`QNetworkConfigurationManager() allConfigurations() configurationFromIdentifier()
    defaultConfiguration() isOnline() capabilities() updateConfigurations() configurationAdded() configurationChanged()
    configurationRemoved() onlineStateChanged() updateCompleted()`),
  'QNetworkConfigurationManager::Capability':
    words(`CanStartAndStopInterfaces DirectConnectionRouting SystemSessionSupport
    ApplicationLevelRoaming ForcedRoaming DataStatistics NetworkSessionRequired`),
}

/** Where we depart from the letter of Qt's reference, by the rules that say so. */
export const departures = words('H1 S9 S11 R18 R2')

function words(text: string): string[] {
  return text.split(/\s+/)
}
