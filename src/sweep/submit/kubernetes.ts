/** A Kubernetes Indexed Job for a sweep folder on a volume that all its pods share: each pod runs its share of the trials. */
import { stringify } from 'yaml';

export interface KubernetesOptions {
  /** Name of the sweep: the job's, and the folder's on the volume. */
  readonly name: string;
  /** With maddpg on its PATH. */
  readonly image: string;
  /** PersistentVolumeClaim, ReadWriteMany, with the sweep folder at its root. */
  readonly claim: string;
  readonly tasks: number;
  /** Trials at a time in a pod, each on a core of its own. */
  readonly workers: number;
}

const MOUNT = '/sweeps';
/** Seconds that a pod has for its checkpoints when it is told to stop. */
const GRACE = 90;

/** The manifest as YAML. */
export function kubernetesJob({ name, image, claim, ...options }: KubernetesOptions): string {
  const { tasks, workers } = options;
  // A shell reads the index; exec hands the pod's signals to maddpg.
  const script = `exec maddpg sweep run "$0" --workers ${workers} --index "$JOB_COMPLETION_INDEX" --of ${tasks}`;
  return stringify(
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: objectName(name) },
      spec: {
        completionMode: 'Indexed',
        completions: tasks,
        parallelism: tasks,
        backoffLimit: 2 * tasks,
        podFailurePolicy: {
          rules: [
            // Drained, preempted or interrupted: a new pod goes on from the checkpoints, as often as it takes.
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
            { action: 'Ignore', onExitCodes: { operator: 'In', values: [130] } },
            // The sweep itself is at fault: no retry would mend it.
            { action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } },
          ],
        },
        template: {
          spec: {
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: GRACE,
            containers: [
              {
                name: 'maddpg',
                image,
                command: ['sh', '-c', script, `${MOUNT}/${name}`],
                resources: { requests: { cpu: workers } },
                volumeMounts: [{ name: 'sweeps', mountPath: MOUNT }],
              },
            ],
            volumes: [{ name: 'sweeps', persistentVolumeClaim: { claimName: claim } }],
          },
        },
      },
    },
    { lineWidth: 0 },
  );
}

/** A name that Kubernetes takes: lower case letters, digits and hyphens; short, as pods add their index to it. */
function objectName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `maddpg-${plain}`.slice(0, 50).replace(/-+$/, '');
}
