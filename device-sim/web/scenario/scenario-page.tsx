import { Button, FileButton, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconMovie, IconPlayerPlay, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { ApiError } from '../api/call.ts';
import { useCameras, usePlayScenario, useScenarios } from '../api/queries.ts';
import { durationOf } from '../parts/duration.ts';
import { Empty, faultText, sentence } from '../parts/notice.tsx';
import { Page } from '../parts/page.tsx';
import { exampleFor } from './example.ts';
import { RunCard } from './run-card.tsx';
import classes from './scenario.module.css';
import { YamlText } from './yaml-text.tsx';

/** A timeline of things that happen: written here or uploaded, played on the whole fleet. */
export function ScenarioPage() {
  const { data: cameras } = useCameras();
  const { data: runs = [] } = useScenarios();
  const play = usePlayScenario();
  const [written, setWritten] = useState<string>();
  const yaml = written ?? exampleFor(cameras?.[0]?.name ?? 'cam-1');

  const edit = (text: string) => {
    play.reset();
    setWritten(text);
  };
  const fault = play.error instanceof ApiError ? play.error : undefined;
  const line = fault?.details['line'];
  const error = play.error
    ? typeof line === 'number'
      ? `Line ${line}: ${String(fault?.details['reason'] ?? '')}`
      : sentence(faultText(play.error).title.replace(/^scenario: /i, ''))
    : undefined;

  return (
    <Page
      title="Scenarios"
      lead="What happens when: people, cuts, faults. The same file plays on the command line and in a test."
    >
      <div className={classes.columns}>
        <form
          className={`card ${classes.card}`}
          onSubmit={(event) => {
            event.preventDefault();
            play.mutate({ yaml }, { onSuccess: ({ name }) => notifications.show({ message: `“${name}” plays.` }) });
          }}
        >
          <YamlText
            value={yaml}
            onChange={edit}
            wrongLine={typeof line === 'number' ? line : undefined}
            error={error}
          />
          <Group mt="md">
            <Button type="submit" leftSection={<IconPlayerPlay size={16} aria-hidden />} loading={play.isPending}>
              Play
            </Button>
            <Button
              variant="default"
              onClick={() =>
                play.mutate(
                  { yaml, check: true },
                  {
                    onSuccess: ({ name, steps, lastsMs }) =>
                      notifications.show({
                        color: 'green',
                        message: `“${name}” is right: ${steps} ${steps === 1 ? 'step' : 'steps'}, ${durationOf(lastsMs)}.`,
                      }),
                  },
                )
              }
            >
              Check
            </Button>
            <FileButton accept=".yaml,.yml,text/plain" onChange={async (file) => file && edit(await file.text())}>
              {(props) => (
                <Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} {...props}>
                  Open a file
                </Button>
              )}
            </FileButton>
            {written !== undefined && (
              <Button
                variant="subtle"
                color="gray"
                onClick={() => {
                  play.reset();
                  setWritten(undefined);
                }}
              >
                Example
              </Button>
            )}
          </Group>
          <Text size="xs" c="dimmed" mt="md">
            A step does <code>motion 20s</code>, <code>people on</code>, <code>power-cut 30s</code>, <code>reboot</code>
            , <code>network-cut 2m</code>, <code>clock +5m</code>, <code>drift 200ppm</code>, <code>traffic busy</code>,{' '}
            <code>lose-subscriptions</code>, <code>clear-faults</code>, or brings a <code>fault</code>. Without{' '}
            <code>camera</code> it is for all of them.
          </Text>
        </form>
        <section aria-label="Runs" className={classes.runs}>
          {runs.length === 0 ? (
            <Empty icon={<IconMovie size={30} stroke={1.5} />} title="Nothing plays">
              What you play appears here with what it did, step by step.
            </Empty>
          ) : (
            runs.map((run) => <RunCard key={run.id} run={run} />)
          )}
        </section>
      </div>
    </Page>
  );
}
