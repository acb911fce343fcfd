import { SoapFault } from '../../core/soap/fault.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { invalidValue } from '../onvif/arguments.ts';
import { type Behavior, type Call, type Service, serviceCapabilities } from '../onvif/behavior.ts';
import { allScopes, fixedScopes, maxConfigurableScopes } from '../onvif/scopes.ts';
import { deviceService } from './device-service.ts';
import { legacyCapabilities } from './legacy-capabilities.ts';

/** Who the camera is, what it offers, and how it is found. */
export const device: Behavior = {
  name: 'device',
  service: deviceService,
  operations: {
    GetServices(camera, args, call) {
      const withCapabilities = args.flag('IncludeCapability');
      return xml`${offeredServices(camera, call).map((service) => serviceMarkup(service, camera, call, withCapabilities))}`;
    },

    GetCapabilities(camera, args, call) {
      return legacyCapabilities(camera, args.texts('Category'), call);
    },

    GetWsdlUrl: () => xml`<tds:WsdlUrl>http://www.onvif.org/onvif/ver10/device/wsdl/devicemgmt.wsdl</tds:WsdlUrl>`,

    GetDeviceInformation({ profile, identity }) {
      return xml`<tds:Manufacturer>${profile.manufacturer}</tds:Manufacturer><tds:Model>${profile.model}</tds:Model><tds:FirmwareVersion>${profile.firmware}</tds:FirmwareVersion><tds:SerialNumber>${identity.serial}</tds:SerialNumber><tds:HardwareId>${profile.hardware}</tds:HardwareId>`;
    },

    GetEndpointReference: ({ identity }) => xml`<tds:GUID>urn:uuid:${identity.uuid}</tds:GUID>`,

    GetScopes(camera) {
      const fixed = fixedScopes(camera);
      return xml`${allScopes(camera).map(
        (scope, at) =>
          xml`<tds:Scopes><tt:ScopeDef>${at < fixed.length ? 'Fixed' : 'Configurable'}</tt:ScopeDef><tt:ScopeItem>${scope}</tt:ScopeItem></tds:Scopes>`,
      )}`;
    },

    SetScopes(camera, args) {
      const scopes = args.texts('Scopes');
      if (scopes.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'Scopes is missing');
      changeScopes(camera, scopes);
      return undefined;
    },

    AddScopes(camera, args) {
      const scopes = args.texts('ScopeItem');
      if (scopes.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'ScopeItem is missing');
      changeScopes(camera, [...camera.state.scopes, ...scopes]);
      return undefined;
    },

    RemoveScopes(camera, args) {
      const gone = args.texts('ScopeItem');
      if (gone.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'ScopeItem is missing');
      const fixed = fixedScopes(camera);
      for (const scope of gone) {
        if (fixed.includes(scope))
          throw new SoapFault(['ter:OperationProhibited', 'ter:FixedScope'], `${scope} is fixed`);
        if (!camera.state.scopes.includes(scope)) throw invalidValue(`there is no scope ${scope}`, 'ter:NoScope');
      }
      changeScopes(
        camera,
        camera.state.scopes.filter((scope) => !gone.includes(scope)),
      );
      return xml`${gone.map((scope) => xml`<tds:ScopeItem>${scope}</tds:ScopeItem>`)}`;
    },

    GetDiscoveryMode: ({ state }) =>
      xml`<tds:DiscoveryMode>${state.discoverable ? 'Discoverable' : 'NonDiscoverable'}</tds:DiscoveryMode>`,

    SetDiscoveryMode(camera, args) {
      const discoverable = args.oneOf('DiscoveryMode', ['Discoverable', 'NonDiscoverable']) === 'Discoverable';
      const before = camera.state.discoverable;
      camera.state.discoverable = discoverable;
      camera.save();
      if (discoverable && !before) camera.announce();
      return undefined;
    },
  },
};

const offeredServices = (camera: Camera, call: Call): Service[] =>
  call.onvif.table.services.filter((service) => service.offered(camera));

function serviceMarkup(service: Service, camera: Camera, call: Call, withCapabilities: boolean): Xml {
  const { prefix, version } = service;
  const bound = new Xml(` xmlns:${prefix}="${namespaces[prefix]}"`);
  return xml`<tds:Service><tds:Namespace>${namespaces[prefix]}</tds:Namespace><tds:XAddr>${call.base}${service.path(camera)}</tds:XAddr>${withCapabilities && xml`<tds:Capabilities${bound}>${serviceCapabilities(service, camera, call.onvif.table)}</tds:Capabilities>`}<tds:Version><tt:Major>${version[0]}</tt:Major><tt:Minor>${version[1]}</tt:Minor></tds:Version></tds:Service>`;
}

function changeScopes(camera: Camera, wanted: string[]) {
  const fixed = fixedScopes(camera);
  const scopes = [...new Set(wanted)].filter((scope) => !fixed.includes(scope));
  for (const scope of scopes) {
    if (!/^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(scope)) throw invalidValue(`"${scope}" is not a URI`);
  }
  if (scopes.length > maxConfigurableScopes) {
    throw new SoapFault(
      ['ter:Action', 'ter:TooManyScopes'],
      `at most ${maxConfigurableScopes} scopes can be configured`,
    );
  }
  camera.state.scopes = scopes;
  camera.state.metadataVersion += 1;
  camera.save();
  camera.announce();
}
