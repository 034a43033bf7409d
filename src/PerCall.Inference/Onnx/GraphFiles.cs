namespace PerCall.Inference.Onnx;

/// <summary>The files that belong to an ONNX file.</summary>
public static class GraphFiles
{
    /// <summary>Returns the paths of files with external weights, relative to the ONNX file's folder.</summary>
    /// <exception cref="PackageRefusedException">The file is not in the ONNX format, or names a file outside its folder.</exception>
    public static IReadOnlyCollection<string> ExternalData(string path)
    {
        var files = OnnxFile.Require(path, path).ExternalData;
        return files.FirstOrDefault(f => !Packages.ModelNames.IsSafePath(f)) is { } unsafePath
            ? throw new PackageRefusedException([new(path, $"keeps weights in '{unsafePath}'; {Packages.ModelNames.PathRule}")])
            : files;
    }
}
