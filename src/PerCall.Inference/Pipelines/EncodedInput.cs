namespace PerCall.Inference.Pipelines;

/// <summary>One input in the form that its model takes. It may hold rented memory until it is disposed of.</summary>
internal abstract record EncodedInput : IDisposable
{
    /// <summary>Number of places that the input takes in a run's tensors, for example of tokens; 1 if all inputs take the same.</summary>
    public virtual int Length => 1;

    /// <summary>Number of tokens without padding; 0 if the input has none.</summary>
    public virtual int Tokens => 0;

    /// <summary>Whether the input was cut.</summary>
    public virtual bool Truncated => false;

    /// <summary>Whether a place of the run's tensors has a token of this input, not padding.</summary>
    public virtual bool IsToken(int place) => place < Length;

    public virtual void Dispose()
    {
    }
}
