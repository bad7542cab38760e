"""Estimators of every kind, a pipeline, a search, and metrics that are worked out afterwards."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

features, labels = load_iris(return_X_y=True, as_frame=True)
train, test, truth, test_truth = train_test_split(features, labels, random_state=0)
model = LogisticRegression(max_iter=500).fit(train, truth)
predicted = model.predict(test)
accuracy_score(test_truth, predicted)
accuracy_score(test_truth, predicted, normalize=False)
f1_score(test_truth, predicted, average="macro")
model.score(test, test_truth)

make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=5, random_state=0)).fit(
    features.to_numpy(), labels.to_numpy()
)
cells, kinds = load_breast_cancer(return_X_y=True)
RandomForestClassifier(n_estimators=5, random_state=0).fit(cells, kinds, sample_weight=np.ones(len(kinds)))

rows, targets = load_diabetes(return_X_y=True)
Lasso(alpha=0.5).fit(rows, targets)
KMeans(3, random_state=0, n_init=1).fit_predict(rows)
PCA(2).fit_transform(rows)
GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 3.0], "fit_intercept": [True, False]}, cv=3).fit(rows, targets)
cross_val_score(Ridge(), rows, targets)
