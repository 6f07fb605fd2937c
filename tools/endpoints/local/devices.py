"""Where models are loaded: device, type of number, and how much memory there is."""

from typing import Any

from hugginggpt.tools.errors import SettingError

_SHARE = 0.8
"""Of the memory that is free; results and the rest of the machine need some."""
_GIGABYTE = 10**9


def pick_device(setting: str) -> str:
    """The device of the setting; for `auto` an accelerator where there is one.

    Raises:
        SettingError: there is no such device here.

    """
    import torch

    if setting == "auto":
        return str(torch.accelerator.current_accelerator() or "cpu") if _accelerates() else "cpu"
    try:
        torch.empty(0, device=setting)
    except (RuntimeError, AssertionError, ValueError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise SettingError(
            f"there is no device {setting!r} here ({reason}); HUGGINGGPT_DEVICE takes auto, cpu, "
            "cuda, cuda:1, mps"
        ) from error
    return setting


def _accelerates() -> bool:
    import torch

    return torch.accelerator.is_available()


def pick_dtype(device: str) -> str:
    """The type of number that suits the device: half as long where that is as fast or faster."""
    import torch

    if device.startswith("cuda"):
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "float16" if device == "mps" else "float32"


def free_bytes(device: str) -> int:
    """Memory that is free on the device now."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil  # type: ignore[import-untyped]

    return int(psutil.virtual_memory().available)


def budget(device: str, limit: float | None, held: int) -> int:
    """Bytes that models may take in all on the device, where they hold `held` now.

    `limit` is a setting, in GB; None: most of what is free or held.
    """
    if limit is not None:
        return int(limit * _GIGABYTE)
    return int(_SHARE * (free_bytes(device) + held))


def bytes_of(*parts: Any) -> int:
    """Memory that the weights of these models take, shared ones counted once."""
    import torch

    seen: dict[int, int] = {}
    for part in parts:
        components = getattr(part, "components", None)  # of a diffusers pipeline
        inner = list(components.values()) if isinstance(components, dict) else [part]
        inner += [part.model] if isinstance(getattr(part, "model", None), torch.nn.Module) else []
        for module in inner:
            if isinstance(module, torch.nn.Module):
                for tensor in (*module.parameters(), *module.buffers()):
                    seen[tensor.data_ptr()] = tensor.nbytes
    return sum(seen.values())


def release(device: str) -> None:
    """Give memory that unloaded models have left back to the device."""
    import gc

    gc.collect()
    if device != "cpu":
        import torch

        torch.accelerator.empty_cache()
