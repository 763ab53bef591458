"""Parts that the deep agents share."""
