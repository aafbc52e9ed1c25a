"""How a case study is played twice, measured and told. The cases themselves are the modules of ``cases``."""
