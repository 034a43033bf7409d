using System.Buffers;
using System.Buffers.Binary;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Tensors;

/// <summary>
/// The runtime's view of a call's tensors. Numbers stay in the caller's memory, pinned until disposal. Numbers at an address that is not a
/// multiple of their size are copied, because compiled operators may read them with instructions that need one. Strings are copied.
/// </summary>
internal sealed class NativeTensors : IDisposable
{
    private readonly List<OrtValue> _values = [];
    private readonly List<MemoryHandle> _pins = [];
    private readonly List<byte[]> _copies = [];

    public IReadOnlyCollection<OrtValue> Values => _values;

    public void Add(RawTensor tensor) => _values.Add(tensor.Type == TensorType.String ? Strings(tensor) : Numbers(tensor));

    public void Dispose()
    {
        _values.ForEach(v => v.Dispose());
        _pins.ForEach(p => p.Dispose());
        _copies.ForEach(c => ArrayPool<byte>.Shared.Return(c));
    }

    private unsafe OrtValue Numbers(RawTensor tensor)
    {
        var pin = tensor.Bytes.Pin();
        _pins.Add(pin);
        if (pin.Pointer is null || (nuint)pin.Pointer % (nuint)ElementTypes.SizeOf(tensor.Type) != 0)
        {
            // Not empty, because the runtime expects an address for a tensor of no elements too.
            var copy = ArrayPool<byte>.Shared.Rent(Math.Max(1, tensor.Bytes.Length));
            _copies.Add(copy);
            tensor.Bytes.CopyTo(copy);
            pin = copy.AsMemory().Pin();
            _pins.Add(pin);
        }

        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, ElementTypes.Of(tensor.Type), [.. tensor.Shape], (nint)pin.Pointer, tensor.Bytes.Length);
    }

    private static OrtValue Strings(RawTensor tensor)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [.. tensor.Shape]);
        var rest = tensor.Bytes.Span;
        for (var i = 0; i < tensor.Count; i++)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
            value.StringTensorSetElementAt(rest.Slice(sizeof(uint), length), i);
            rest = rest[(sizeof(uint) + length)..];
        }

        return value;
    }
}
