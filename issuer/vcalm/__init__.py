"""Issuing by machines, in the shapes of VCALM."""
