using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Text;

/// <summary>
/// Creates the tensors of one run, in the manifest's order of inputs. A batch of fixed size is filled up with the last text.
/// </summary>
internal static class TextTensors
{
    public static OrtValue[] Of(ModelManifest manifest, TextPlan plan, IReadOnlyList<EncodedText> texts)
    {
        var rows = plan.Batch ?? texts.Count;
        var length = plan.Rules.Pad == Padding.MaxLength ? plan.Rules.MaxLength : texts.Max(t => t.Ids.Length);
        var inputs = plan.Rules.Inputs;
        var tensors = new OrtValue[manifest.Inputs.Count];
        try
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                var input = manifest.Inputs[i];
                tensors[i] = input.Name switch
                {
                    var name when name == inputs.Text => Strings(input.Shape.Count == 1 ? [rows] : [rows, 1], texts),
                    var name when name == inputs.Ids =>
                        Numbers(input.Type, rows, length, plan.PaddingId, texts, static (text, i) => text.Ids[i]),
                    var name when name == inputs.AttentionMask =>
                        Numbers(input.Type, rows, length, 0, texts, static (text, i) => text.Filled is { } filled && !filled[i] ? 0 : 1),
                    _ => Numbers(input.Type, rows, length, 0, texts, static (text, i) => i < text.Second ? 0 : 1),
                };
            }

            return tensors;
        }
        catch
        {
            Array.ForEach(tensors, t => t?.Dispose());
            throw;
        }
    }

    private static OrtValue Strings(long[] shape, IReadOnlyList<EncodedText> texts)
    {
        var tensor = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var row = 0; row < shape[0]; row++)
        {
            // Set from a span: an element set from a string would end at its first NUL.
            tensor.StringTensorSetElementAt(texts[Math.Min(row, texts.Count - 1)].Text.AsSpan(), row);
        }

        return tensor;
    }

    private static OrtValue Numbers(
        TensorType type, int rows, int length, int padding,
        IReadOnlyList<EncodedText> texts, Func<EncodedText, int, int> value) => type switch
        {
            TensorType.Int32 => Fill<int>(TensorElementType.Int32, rows, length, padding, texts, value),
            TensorType.UInt8 => Fill<byte>(TensorElementType.UInt8, rows, length, padding, texts, value),
            _ => Fill<long>(TensorElementType.Int64, rows, length, padding, texts, value),
        };

    private static OrtValue Fill<T>(
        TensorElementType type, int rows, int length, int padding, IReadOnlyList<EncodedText> texts, Func<EncodedText, int, int> value)
        where T : unmanaged, INumberBase<T>
    {
        var tensor = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [rows, length]);
        var values = tensor.GetTensorMutableDataAsSpan<T>();
        for (var row = 0; row < rows; row++)
        {
            var text = texts[Math.Min(row, texts.Count - 1)];
            var places = values.Slice(row * length, length);
            for (var i = 0; i < text.Ids.Length; i++)
            {
                places[i] = T.CreateTruncating(value(text, i));
            }

            places[text.Ids.Length..].Fill(T.CreateTruncating(padding));
        }

        return tensor;
    }
}
