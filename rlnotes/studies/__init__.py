"""Experiments with the notes' layers, one per file: each has a picture and one sentence computed from its data.

`python -m rlnotes.studies NAME` runs one. They need the extra `studies`.
"""

from rlnotes.base.class_table import Catalog

STUDIES = Catalog(
    activations="rlnotes.studies.activations:Activations",
    initialisation="rlnotes.studies.initialisation:Initialisation",
    convolution="rlnotes.studies.convolution:Convolution",
    error_terms="rlnotes.studies.error_terms:ErrorTerms",
    kernel_regression="rlnotes.studies.kernel_regression:KernelRegression",
    autoencoder="rlnotes.studies.autoencoder:DigitsAutoencoder",
    vae="rlnotes.studies.vae:DigitsVAE",
    gan="rlnotes.studies.gan:GAN",
    mode_collapse="rlnotes.studies.mode_collapse:ModeCollapse",
    imitation="rlnotes.studies.imitation:Imitation",
    off_policy_evaluation="rlnotes.studies.off_policy_evaluation:OffPolicyEvaluation",
    transformer="rlnotes.studies.transformer:Sequences",
    world_model="rlnotes.studies.world_model:LearntModels",
)
"""the place of each study, "module:Class", by its command-line name"""
