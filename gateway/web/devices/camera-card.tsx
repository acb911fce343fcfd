import { Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useCovers } from '../api/queries.ts';
import { useActiveKinds } from '../feed/feed-context.tsx';
import type { Camera } from '../wire.ts';
import { ActiveBadges } from './active-badges.tsx';
import { type CameraAction, CameraActions } from './camera-actions.tsx';
import { addressText, adoptionName, StateBadge } from './camera-state.tsx';
import classes from './devices.module.css';
import { Snapshot } from './snapshot.tsx';

interface CameraCardProps {
  camera: Camera;
  onAction: (action: CameraAction, camera: Camera) => void;
}

export function CameraCard({ camera, onAction }: CameraCardProps) {
  const active = useActiveKinds(camera.id).length > 0;
  const mayChange = useCovers('admin');
  return (
    <li className={`card ${classes.cameraCard}`} data-active={active || undefined}>
      <Snapshot camera={camera} maxWidth={640}>
        <div className={classes.actives}>
          <ActiveBadges cameraId={camera.id} />
        </div>
        {camera.state === 'wrong_password' && mayChange && (
          <div className={classes.remedy}>
            <Button
              size="compact-sm"
              color="red.9"
              leftSection={<IconKey size={14} />}
              onClick={() => onAction('password', camera)}
            >
              Change password
            </Button>
          </div>
        )}
      </Snapshot>
      <div className={classes.cardBody}>
        <Link className={classes.cardName} href={`/devices/${camera.id}`}>
          {camera.name}
        </Link>
        <div className={classes.cardEnd}>
          <StateBadge camera={camera} />
          <CameraActions camera={camera} onAction={onAction} />
        </div>
        <div className={classes.cardFacts}>
          <div>
            {camera.model ?? 'Unknown model'} · {adoptionName[camera.adoptedBy]}
          </div>
          <div className="numbers">{addressText(camera)}</div>
        </div>
      </div>
    </li>
  );
}
