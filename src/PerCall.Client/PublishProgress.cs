namespace PerCall.Client;

/// <summary>How far the publication of a package is.</summary>
/// <param name="Stage">
/// <c>uploading</c>, then those of the service: <c>queued</c>, <c>unpacking</c>, <c>verifying</c> and <c>storing</c>.
/// </param>
/// <param name="Bytes">Bytes that are done in this stage: of the file while it is uploaded, then of the unpacked package.</param>
/// <param name="Total">All bytes of this stage; 0 if they are not known yet.</param>
public readonly record struct PublishProgress(string Stage, long Bytes, long Total);
