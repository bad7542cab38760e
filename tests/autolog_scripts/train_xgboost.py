"""Boosters and estimators, with curves and early stopping."""

import xgboost
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

cells, kinds = load_breast_cancer(return_X_y=True)
train, test, truth, test_truth = train_test_split(cells, kinds, random_state=0)
known, held_out = xgboost.DMatrix(train, truth), xgboost.DMatrix(test, test_truth)
params = {"objective": "binary:logistic", "eval_metric": ["auc", "logloss"], "nthread": 1}
xgboost.train(params, known, 8, evals=[(known, "train"), (held_out, "valid")], verbose_eval=False)
xgboost.train(
    {**params, "eta": 1.0}, known, 60, evals=[(held_out, "valid")], early_stopping_rounds=2, verbose_eval=False
)

model = xgboost.XGBClassifier(n_estimators=5, max_depth=2, n_jobs=1)
model.fit(train, truth, eval_set=[(test, test_truth)], verbose=False)
predicted = model.predict(test)
accuracy_score(test_truth, predicted)
model.score(test, test_truth)
rows, targets = load_diabetes(return_X_y=True, as_frame=True)
xgboost.XGBRegressor(n_estimators=4, early_stopping_rounds=2, n_jobs=1).fit(
    rows, targets, eval_set=[(rows, targets)], verbose=False
)
