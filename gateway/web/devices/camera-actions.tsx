import { ActionIcon, Menu } from '@mantine/core';
import { IconDotsVertical, IconInfoCircle, IconKey, IconPencil, IconTrash } from '@tabler/icons-react';
import { useCovers } from '../api/queries.ts';
import type { Camera } from '../wire.ts';

export type CameraAction = 'open' | 'edit' | 'password' | 'remove';

interface CameraActionsProps {
  camera: Camera;
  onAction: (action: CameraAction, camera: Camera) => void;
}

export function CameraActions({ camera, onAction }: CameraActionsProps) {
  if (!useCovers('admin')) return null;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${camera.name}`}>
          <IconDotsVertical size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconInfoCircle size={16} />} onClick={() => onAction('open', camera)}>
          Details
        </Menu.Item>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onAction('edit', camera)}>
          Rename
        </Menu.Item>
        {camera.adoptedBy === 'onvif' && (
          <Menu.Item leftSection={<IconKey size={16} />} onClick={() => onAction('password', camera)}>
            Change password
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onAction('remove', camera)}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
