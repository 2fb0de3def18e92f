"""Tunes with Optuna (pip install optuna): python examples/tune.py"""
import json, subprocess
import optuna

command = "npx maddpg sweep drive examples/tune.yaml --dir runs/tune".split()
drive = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def say(**request):
    print(json.dumps(request), file=drive.stdin, flush=True)

def objective(trial):
    tau = trial.suggest_float("tau", 0.001, 0.1, log=True)
    gamma = trial.suggest_float("gamma", 0.6, 0.95)
    say(id=trial.number, set={"tau": tau, "gamma": gamma})
    for answer in map(json.loads, drive.stdout):
        if "error" in answer:
            raise RuntimeError(answer["error"])
        score = float(answer.get("score", "nan"))
        if "step" not in answer:  # the end
            if "stopped" in answer:
                raise optuna.TrialPruned()
            return score
        trial.report(score, answer["step"])
        if trial.should_prune():
            say(id=trial.number, stop=True)

study = optuna.create_study(direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=3))
study.optimize(objective, n_trials=6)
print(study.best_value, study.best_params)
drive.stdin.close()
