// How the app and the papers of its losses are cited; as CITATION.cff has it.

export const CITATION = `@software{cacr_playground,
  title = {CACR playground},
  author = {{the CACR playground authors}},
  version = {0.1.0}
}

@article{zheng2023contrastive,
  title = {Contrastive Attraction and Contrastive Repulsion for Representation Learning},
  author = {Zheng, Huangjie and Chen, Xu and Yao, Jiangchao and Yang, Hongxia and Li, Chunyuan and Zhang, Ya and Zhang, Hao and Tsang, Ivor and Zhou, Jingren and Zhou, Mingyuan},
  journal = {Transactions on Machine Learning Research},
  year = {2023},
  url = {https://arxiv.org/abs/2105.03746}
}

@article{dong2023synthetic,
  title = {Synthetic Hard Negative Samples for Contrastive Learning},
  author = {Dong, Hengkui and Long, Xianzhong and Li, Yun and Chen, Lei},
  year = {2023},
  url = {https://arxiv.org/abs/2304.02971}
}
`;
