import { Stack, Text } from '@mantine/core';
import { Command } from '../parts/copy.tsx';
import classes from './devices.module.css';

/** VIGI cameras prove who they are: that takes the Config Tool, a label secret and a fresh code. */
export const AddByPairing = () => (
  <Stack gap="sm">
    <Text size="sm">
      VIGI cameras are <b>paired</b> with the Config Tool. Camera and gateway prove to each other who they are, and the
      camera gets a certificate of its own; nobody types its password here.
    </Text>
    <ol className={classes.steps}>
      <li>
        See which cameras are there.
        <Command value="npm run vigil -- config-tool discover" />
      </li>
      <li>
        Set the administrator password of a new one.
        <Command value="npm run vigil -- config-tool activate" />
      </li>
      <li>
        Add it to this gateway. You are asked for your TP-Link ID, a fresh 6-digit code and the secret on the camera’s
        label.
        <Command value="npm run vigil -- config-tool add" />
      </li>
    </ol>
    <Text size="sm" c="dimmed">
      The gateway has to be bound under Cloud Access first. The camera appears in the list by itself.
    </Text>
  </Stack>
);
