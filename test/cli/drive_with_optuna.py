"""Drives `maddpg sweep drive` with a study of Optuna: python drive_with_optuna.py COMMAND ... Prints its trials as JSON."""

import json
import subprocess
import sys

import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)
drive = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(**request):
    print(json.dumps(request), file=drive.stdin, flush=True)


study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=0))
# Trials better than any training can be: the pruner stops one at the first step that these have.
for _ in range(2):
    study.add_trial(optuna.create_trial(value=0.0, intermediate_values={500: 0.0}))

for keys in ({"running_steps": 600, "eval_interval": 300}, {"running_steps": 1_000_000}):
    trial = study.ask({"tau": optuna.distributions.FloatDistribution(0.001, 0.1, log=True)})
    say(id=trial.number, set={**trial.params, **keys})
    for answer in map(json.loads, drive.stdout):
        if "step" in answer:
            trial.report(answer["score"], answer["step"])
            if trial.should_prune():
                say(id=trial.number, stop=True)
        elif "stopped" in answer:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            break
        else:
            study.tell(trial, answer["score"])
            break

drive.stdin.close()
trials = [{"state": t.state.name, "value": t.value, "steps": t.intermediate_values} for t in study.trials]
print(json.dumps({"exit": drive.wait(), "trials": trials[2:]}))
