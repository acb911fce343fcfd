import { xml } from '../../core/soap/xml.ts';
import { wayOf } from '../auth/ways.ts';
import { classified, type Service } from '../onvif/behavior.ts';
import { auxiliaryCommands } from './device-io-state.ts';

export const maxUsers = 20;
export const maxNameLength = 32;
export const maxPasswordLength = 64;

/** Device management (Core §8). Deprecated and absent operations stand here too: they are told apart from unknown ones. */
export const deviceService: Service = {
  name: 'device',
  prefix: 'tds',
  version: [23, 12],
  path: (camera) => camera.profile.servicePaths.device,
  offered: () => true,
  uses: ['tt', 'tds'],
  access: classified({
    PRE_AUTH: `GetServices GetServiceCapabilities GetSystemDateAndTime GetEndpointReference GetWsdlUrl GetCapabilities
      GetHostname`,
    READ_SYSTEM: `GetDeviceInformation GetScopes GetDiscoveryMode GetRemoteDiscoveryMode GetDPAddresses GetUserRoles
      GetRemoteUser GetPasswordComplexityOptions GetPasswordComplexityConfiguration GetPasswordHistoryConfiguration
      GetAuthFailureWarningOptions GetAuthFailureWarningConfiguration GetDNS GetNTP GetDynamicDNS GetNetworkInterfaces
      GetNetworkProtocols GetNetworkDefaultGateway GetZeroConfiguration GetIPAddressFilter GetDot11Capabilities
      GetDot11Status ScanAvailableDot11Networks GetSystemUris GetGeoLocation GetCertificates GetCertificatesStatus
      GetCertificateInformation GetClientCertificateMode GetCACertificates GetDot1XConfiguration
      GetDot1XConfigurations`,
    READ_SYSTEM_SECRET: `GetSystemBackup GetSystemLog GetSystemSupportInformation GetUsers GetAccessPolicy
      GetPkcs10Request`,
    READ_MEDIA: 'GetRelayOutputs GetStorageConfigurations GetStorageConfiguration',
    ACTUATE: `SetRelayOutputSettings SetRelayOutputState SendAuxiliaryCommand CreateStorageConfiguration
      SetStorageConfiguration DeleteStorageConfiguration`,
    WRITE_SYSTEM: `SetSystemDateAndTime SetScopes AddScopes RemoveScopes SetDiscoveryMode SetRemoteDiscoveryMode
      SetDPAddresses SetUserRole DeleteUserRole SetRemoteUser CreateUsers DeleteUsers SetUser
      SetPasswordComplexityConfiguration SetPasswordHistoryConfiguration SetAuthFailureWarningConfiguration SetHostname
      SetHostnameFromDHCP SetDNS SetNTP SetDynamicDNS SetNetworkInterfaces SetNetworkProtocols
      SetNetworkDefaultGateway SetZeroConfiguration SetIPAddressFilter AddIPAddressFilter RemoveIPAddressFilter
      SetAccessPolicy SetGeoLocation DeleteGeoLocation SetHashingAlgorithm CreateCertificate SetCertificatesStatus
      DeleteCertificates LoadCertificates SetClientCertificateMode LoadCertificateWithPrivateKey LoadCACertificates
      CreateDot1XConfiguration SetDot1XConfiguration DeleteDot1XConfiguration`,
    UNRECOVERABLE: `SetSystemFactoryDefault SystemReboot RestoreSystem StartFirmwareUpgrade UpgradeFirmware
      UpgradeSystemFirmware StartSystemRestore`,
  }),
  capabilities(camera, has) {
    const hashes = (['MD5', 'SHA-256'] as const).filter((one) => camera.takes(wayOf[one]));
    const flag = (operation: string) => String(has(operation));
    const commands = auxiliaryCommands;
    return xml`<tds:Capabilities><tds:Network IPFilter="${flag('SetIPAddressFilter')}" ZeroConfiguration="${flag('SetZeroConfiguration')}" IPVersion6="false" DynDNS="${flag('SetDynamicDNS')}" Dot11Configuration="${flag('GetDot11Capabilities')}" HostnameFromDHCP="${flag('SetHostnameFromDHCP')}" NTP="${has('SetNTP') ? 2 : 0}" DHCPv6="false"/><tds:Security TLS1.0="false" TLS1.1="false" TLS1.2="${flag('SetCertificatesStatus')}" OnboardKeyGeneration="${flag('CreateCertificate')}" AccessPolicyConfig="${flag('SetAccessPolicy')}" DefaultAccessPolicy="true" Dot1X="${flag('CreateDot1XConfiguration')}" RemoteUserHandling="${flag('SetRemoteUser')}" X.509Token="false" SAMLToken="false" KerberosToken="false" UsernameToken="${String(camera.takes('password-text') || camera.takes('password-digest'))}" HttpDigest="${String(hashes.length > 0)}" RELToken="false" MaxUsers="${maxUsers}" MaxUserNameLength="${maxNameLength}" MaxPasswordLength="${maxPasswordLength}" SecurityPolicies="${securityPolicies(has)}" HashingAlgorithms="${hashes.join(',')}"/><tds:System DiscoveryResolve="true" DiscoveryBye="true" RemoteDiscovery="${flag('SetRemoteDiscoveryMode')}" SystemBackup="${flag('GetSystemBackup')}" SystemLogging="${flag('GetSystemLog')}" HttpFirmwareUpgrade="${flag('StartFirmwareUpgrade')}" HttpSystemBackup="${flag('StartSystemRestore')}" HttpSystemLogging="${flag('GetSystemUris')}" HttpSupportInformation="${flag('GetSystemUris')}" StorageConfiguration="${flag('GetStorageConfigurations')}" GeoLocationEntries="${has('SetGeoLocation') ? 1 : 0}" HardwareType="Camera"/>${has('SendAuxiliaryCommand') && commands.length > 0 && xml`<tds:Misc AuxiliaryCommands="${commands.join(' ')}"/>`}</tds:Capabilities>`;
  },
};

const securityPolicies = (has: (operation: string) => boolean) =>
  [
    ...(has('SetPasswordComplexityConfiguration') ? ['PasswordComplexity'] : []),
    ...(has('SetAuthFailureWarningConfiguration') ? ['AuthFailureWarnings'] : []),
  ].join(',');
