import { Skeleton, Title } from '@mantine/core';
import { IconKey, IconShieldLock, IconUsers, IconWorld } from '@tabler/icons-react';
import { useCloudAccess, useCovers } from '../api/queries.ts';
import { Fault } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { Bound } from './bound.tsx';
import classes from './cloud-access.module.css';
import { Pending } from './pending.tsx';
import { Unbound } from './unbound.tsx';

/** Binds this gateway to a TP-Link ID, for signing in with it here and from away. */
export function CloudAccessPage() {
  const { data, error, refetch } = useCloudAccess();
  const mayChange = useCovers('admin');
  return (
    <Page title="Cloud Access" lead="Reach this gateway from anywhere, signed in with a TP-Link ID.">
      {error && !data ? (
        <Fault error={error} what="Cloud Access could not be read" onRetry={() => refetch()} />
      ) : (
        <div className={classes.columns}>
          <section className={`card ${classes.panel}`} aria-label="State">
            {!data ? (
              <>
                <Skeleton height={22} width="50%" />
                <Skeleton height={14} mt="md" />
                <Skeleton height={14} mt="xs" width="80%" />
                <Skeleton height={36} mt="lg" width={180} />
              </>
            ) : data.state === 'bound' ? (
              <Bound access={data} mayChange={mayChange} />
            ) : data.state === 'pending' ? (
              <Pending access={data} mayChange={mayChange} />
            ) : (
              <Unbound access={data} mayChange={mayChange} />
            )}
          </section>
          <section className={`card ${classes.panel}`} aria-labelledby="what-it-means">
            <Title order={2} id="what-it-means" mb="md">
              What it means
            </Title>
            <ul className={classes.points}>
              <li>
                <IconWorld size={18} aria-hidden />
                <span>
                  <b>From away.</b> The gateway dials out to the cloud; nothing has to be opened in a router. In the
                  cloud it is listed under VMS Locals.
                </span>
              </li>
              <li>
                <IconShieldLock size={18} aria-hidden />
                <span>
                  <b>Two-factor authentication.</b> When the TP-Link ID has it on, every sign-in with it asks for the
                  6-digit code, here on the local network as well. The gateway refuses a sign-in that came without.
                </span>
              </li>
              <li>
                <IconKey size={18} aria-hidden />
                <span>
                  <b>Local accounts stay.</b> They sign in on the gateway’s own network only, with their own password,
                  also while the cloud is away.
                </span>
              </li>
              <li>
                <IconUsers size={18} aria-hidden />
                <span>
                  <b>Who gets in.</b> The owner of the TP-Link ID and the members the cloud lists for this gateway.
                  Turning two-factor authentication on or off ends their sessions here at once.
                </span>
              </li>
            </ul>
          </section>
        </div>
      )}
    </Page>
  );
}
