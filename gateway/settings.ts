import { setting } from '../core/runtime/settings.ts';

/** Settings of `vigil gateway`: flags, env names, `--help` and the file's keys follow from here. */
export const gatewayFields = {
  port: setting.port('port of pages and API', 7400),
  mqttPort: setting.port('port of MQTT without TLS, on this machine only', 1883),
  mqttsPort: setting.port('port of MQTT over TLS', 8883),
  pairingPort: setting.port('port where cameras pair', 8884),
  name: setting.text("the gateway's name in the cloud's list", 'NAME', 'VMS Local'),
  cloudUrl: setting.optionalText('TP-Link ID cloud to bind to', 'URL'),
  publicUrl: setting.optionalText('how people reach this gateway, when not by host and port', 'URL'),
  discoveryInterface: setting.optionalText('interface for finding cameras', 'NAME'),
  forgetSecondFactor: setting.optionalText(
    'switch the second factor of this local account off, for an administrator who lost the phone, and end',
    'USER',
  ),
  control: setting.toggle("serve the lab's control API"),
};
