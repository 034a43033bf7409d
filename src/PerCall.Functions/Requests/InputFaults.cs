using PerCall.Inference;

namespace PerCall.Functions.Requests;

/// <summary>Errors of one of several inputs of a call.</summary>
public static class InputFaults
{
    /// <summary>Returns the same error with the name of the input.</summary>
    /// <param name="fault">Why a model has no answer for the input.</param>
    /// <param name="input">The input as the caller named it, such as <c>rows[3]</c>; empty: the error stays as it is.</param>
    public static InferenceException Of(InferenceException fault, string input) =>
        fault is InvalidInputException invalid && input.Length > 0
        ? new InvalidInputException(
            invalid.Code, $"'{input}': {invalid.Message}", invalid.Param is null or "input" ? input : $"{input}.{invalid.Param}", invalid)
        : fault;
}
