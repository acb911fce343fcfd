import { Button, Modal, Stack, Tabs, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconAddressBook, IconQrcode, IconRadar } from '@tabler/icons-react';
import { useState } from 'react';
import { useSession } from '../api/queries.ts';
import { AddByAddress } from './add-by-address.tsx';
import { AddByPairing } from './add-by-pairing.tsx';
import classes from './devices.module.css';
import { DiscoverCameras } from './discover-cameras.tsx';

export type AddTab = 'address' | 'discover' | 'pairing';

interface AddCameraProps {
  /** Which way in is shown; undefined: closed. */
  tab: AddTab | undefined;
  onTab: (tab: AddTab | undefined) => void;
}

/** The three ways a camera comes into the list. */
export function AddCamera({ tab, onTab }: AddCameraProps) {
  const remote = useSession().data?.remote === true;
  const narrow = useMediaQuery('(max-width: 48em)');
  const [address, setAddress] = useState('');
  const close = () => {
    setAddress('');
    onTab(undefined);
  };
  return (
    <Modal
      opened={tab !== undefined}
      onClose={close}
      title="Add camera"
      size="lg"
      fullScreen={narrow}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Tabs
        value={tab ?? 'address'}
        onChange={(next) => onTab((next as AddTab | null) ?? 'address')}
        keepMounted={false}
      >
        <Tabs.List mb="md" className={classes.addTabs}>
          <Tabs.Tab value="address" leftSection={<IconAddressBook size={16} />}>
            By address
          </Tabs.Tab>
          <Tabs.Tab value="discover" leftSection={<IconRadar size={16} />}>
            On this network
          </Tabs.Tab>
          <Tabs.Tab value="pairing" leftSection={<IconQrcode size={16} />}>
            VIGI camera
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="address">
          {remote ? (
            <FromAway onPairing={() => onTab('pairing')} />
          ) : (
            <AddByAddress initialAddress={address} onDone={close} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="discover">
          {remote ? (
            <FromAway onPairing={() => onTab('pairing')} />
          ) : (
            <DiscoverCameras
              onChoose={(chosen) => {
                setAddress(chosen);
                onTab('address');
              }}
              onPairing={() => onTab('pairing')}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="pairing">
          <AddByPairing />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

/** Through the cloud a session alone does not add a camera: that takes a code made for this very purpose. */
const FromAway = ({ onPairing }: { onPairing: () => void }) => (
  <Stack align="flex-start">
    <Text size="sm">
      You are connected through the cloud. From away, every camera that is added takes a fresh 6-digit code; the Config
      Tool asks for it. By address and password cameras are added on the gateway’s own network.
    </Text>
    <Button variant="default" onClick={onPairing}>
      Add with the Config Tool
    </Button>
  </Stack>
);
