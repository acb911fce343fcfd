import { ActionIcon, Button, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useFaultGrammar, useFaults, useVerb } from '../api/queries.ts';
import { Refusal } from '../parts/notice.tsx';
import type { Fault } from '../wire.ts';
import classes from './camera.module.css';
import { FaultForm } from './fault-form.tsx';
import { faultWhen } from './fault-words.ts';
import { Panel } from './panel.tsx';
import { sayRefused } from './trigger-panel.tsx';

/** What goes wrong on purpose: a form that knows the grammar, and what is in force. */
export function FaultsPanel({ camera }: { camera: string }) {
  const grammar = useFaultGrammar();
  const { data: faults = [] } = useFaults(camera);
  const clear = useVerb(camera, 'clear-faults');
  return (
    <div className={classes.panels}>
      <Panel title="New fault" hint="It waits at one door of this camera and strikes the requests you choose.">
        {grammar.error && <Refusal error={grammar.error} onRetry={() => grammar.refetch()} />}
        {grammar.data && <FaultForm camera={camera} grammar={grammar.data} />}
      </Panel>
      <Panel
        title="In force"
        aside={
          faults.length > 1 && (
            <Button size="compact-sm" variant="default" onClick={() => clear.mutate({}, { onError: sayRefused })}>
              Clear all
            </Button>
          )
        }
      >
        {faults.length === 0 ? (
          <Text size="sm" c="dimmed">
            None: this camera does what it should.
          </Text>
        ) : (
          <ul className={classes.faults}>
            {faults.map((fault) => (
              <FaultRow
                key={fault.id}
                fault={fault}
                onClear={() => clear.mutate({ id: fault.id }, { onError: sayRefused })}
              />
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}

const FaultRow = ({ fault, onClear }: { fault: Fault; onClear: () => void }) => (
  <li>
    <div>
      <code>{fault.do}</code>
      <Text size="sm" c="dimmed" component="div">
        {fault.at} · {fault.operation ?? 'every operation'} · {faultWhen(fault)}
      </Text>
    </div>
    <Tooltip label="Requests it looked at, and those it struck">
      <span className={classes.struck}>
        {fault.struck} of {fault.seen}
      </span>
    </Tooltip>
    <ActionIcon variant="subtle" color="gray" aria-label={`Clear ${fault.do} at ${fault.at}`} onClick={onClear}>
      <IconTrash size={16} />
    </ActionIcon>
  </li>
);
